"""A place to listen is free once its last owner has let go, and is never shared."""

import socket
import threading

import pytest

from camket.jobs.binding import PortTaken, require_free


def listener() -> socket.socket:
    """Listen at a free port of the loopback."""
    found = socket.create_server(("127.0.0.1", 0))
    found.listen()
    return found


def place_of(owner: socket.socket) -> str:
    return f"127.0.0.1:{owner.getsockname()[1]}"


class TestAPlaceToListen:
    def test_is_waited_for_when_its_owner_is_letting_go(self) -> None:
        owner = listener()
        threading.Timer(0.3, owner.close).start()
        require_free(place_of(owner))

    def test_is_refused_when_its_owner_stays(self) -> None:
        with listener() as owner, pytest.raises(PortTaken, match="in use") as taken:
            require_free(place_of(owner))
        assert taken.value.is_in_use

    def test_is_refused_at_once_when_it_belongs_to_another_machine(self) -> None:
        with pytest.raises(PortTaken) as taken:
            require_free("192.0.2.1:8000")
        assert not taken.value.is_in_use
