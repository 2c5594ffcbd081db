"""Tests of the duty notices."""
