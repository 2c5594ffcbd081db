"""Letters going out, against real servers that behave and misbehave."""
