"""Doors for people and programs; the faces do not know each other."""
