"""Doors to the network, one package each; only `jobs` opens them, and they do not know each other."""
