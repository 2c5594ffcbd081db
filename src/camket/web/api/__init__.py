"""The door for programs: REST, with schemas written by hand."""
