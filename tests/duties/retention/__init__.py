"""Tests of the duty retention."""
