"""Letters: written as an intent, opened through the gate when they go out, reported on, parked when a person must look (policy §3)."""
