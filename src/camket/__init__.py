"""Camket runs the customer-facing side of a company under its own published privacy policy."""

__version__ = "0.1.0"
