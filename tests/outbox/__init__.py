"""The lease: done once, by one worker, and remembered without a message."""
