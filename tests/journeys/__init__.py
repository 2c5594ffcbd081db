"""Stories told from outside: real processes, real HTTP, a real mail server."""
