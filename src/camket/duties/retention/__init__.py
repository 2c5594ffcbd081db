"""Nothing is kept longer than a need: planning, erasing, certificates (policy §4)."""
