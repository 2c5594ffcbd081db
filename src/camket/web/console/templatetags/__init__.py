"""The tags that only the pages of the desks are written with."""
