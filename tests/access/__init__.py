"""Who is asking: staff, links, tokens and budgets."""
