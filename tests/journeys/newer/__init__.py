"""A version of the program that does not exist yet: ours, with a few migrations more. Some of them work, and one does not."""
