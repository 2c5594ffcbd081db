"""SQLite as Camket uses it: the bundled library, and one writer at a time within a process."""
