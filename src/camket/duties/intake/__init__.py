"""Contacts: an inquiry from its arrival to its end (policy §1, foot)."""
