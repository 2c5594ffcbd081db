"""Editions: published once, for ever."""
