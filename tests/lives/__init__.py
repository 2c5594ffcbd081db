"""Whole lives of a house, invented by Hypothesis: every act of the vault, power cuts, backups and restores, in any order."""
