"""What the company offers, so that people can ask about it (foot of the policy)."""
