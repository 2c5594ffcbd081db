"""The duty that keeps section 1: contacts."""
