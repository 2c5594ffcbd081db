"""The lease: how a row that is due gets done once, by one worker, and how a failure is remembered without its message."""
