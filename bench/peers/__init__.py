"""Rivals, each run as a process of its own in `.venv-peers`: nothing here imports Camket, and Camket imports nothing of it."""
