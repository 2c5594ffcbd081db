"""Keeping the house: start-up checks, the journal's proof, health."""
