"""The desks, one module a desk. Each view parses, calls once, renders."""
