"""What the measurements measure with; what they find is in docs/performance.md."""
