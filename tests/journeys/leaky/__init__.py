"""A house that is leaky on purpose: what it lets out must be found."""
