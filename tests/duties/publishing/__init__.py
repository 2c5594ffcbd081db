"""Tests of the duty publishing."""
