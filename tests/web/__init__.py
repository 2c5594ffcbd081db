"""The doors: what people and programs may send, and what they get."""
