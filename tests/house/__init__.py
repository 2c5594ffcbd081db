"""The house checks itself: its walls, its names, its sizes, its words and its papers."""
