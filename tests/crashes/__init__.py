"""Power cuts, a failing environment and races: what the house promises when things go wrong at the worst moment."""
