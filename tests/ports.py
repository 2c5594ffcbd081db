"""Ports of the loopback for servers that a test starts."""

import random
import socket

# Below the ports that the kernel gives to outgoing connections: nobody else's connection takes one between the choice and the start.
_FIRST, _LAST = 20_000, 32_000
_chance = random.SystemRandom()
_given: set[int] = set()


def is_free(port: int) -> bool:
    """Return whether nobody listens on a port of the loopback."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Return a port of the loopback that nobody listens on, never the same twice."""
    while True:
        port = _chance.randrange(_FIRST, _LAST)
        if port not in _given and is_free(port):
            _given.add(port)
            return port
