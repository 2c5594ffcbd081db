"""Measures what protection costs: our figures beside plain tables and named rivals, in one run (docs/performance.md)."""
