"""Remember every ask and every act, names of fields and never their values, so that nobody can rewrite it unnoticed (docs/journal.md)."""
