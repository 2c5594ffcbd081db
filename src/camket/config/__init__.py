"""Wiring: settings, addresses, doors of the server. The only room that reads the environment."""
