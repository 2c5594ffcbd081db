"""Tests of the duty catalogue."""
