"""Editions: from a folder of texts to the policy in force (policy §8)."""
