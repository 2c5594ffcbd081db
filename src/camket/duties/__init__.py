"""What the company has promised to do: one room for each duty, each keeping one section of the text (docs/map.md)."""
