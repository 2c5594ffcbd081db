"""Tests of the duty custody."""
