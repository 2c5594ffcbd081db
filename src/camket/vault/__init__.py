"""The only tables with personal data of subjects. Everybody outside speaks to `gate`; nothing else here is importable (house.md §6)."""
