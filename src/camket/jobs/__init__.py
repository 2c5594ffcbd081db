"""The door for the clock: the command line and the worker. Hands due work to the channels and the result back."""
