"""Who is asking: staff and their roles, sign-in by one-time link, capability links, API tokens, and budgets against floods."""
