"""What each duty promises."""
