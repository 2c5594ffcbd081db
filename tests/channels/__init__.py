"""The doors to the network, each against a real server in the test."""
