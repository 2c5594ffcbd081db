"""Tests of the special cases."""
