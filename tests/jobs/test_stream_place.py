"""Where the live stream listens: the start tells at once where it cannot."""

from dataclasses import replace
from typing import Any

import pytest

from camket.jobs.cli import house
from tests.jobs.test_binding import listener, place_of
from tests.ports import free_port

PAGES = "127.0.0.1:8000"


@pytest.fixture
def choose(settings: Any) -> Any:
    """Offer a function that chooses a place as the operator does, or leaves it at the default."""

    def chosen(value: str, source: str = "environment") -> None:
        name = "CAMKET_STREAM_BIND"
        settings.SETTINGS = {**settings.SETTINGS, name: replace(settings.SETTINGS[name], value=value, source=source)}
        settings.CAMKET_STREAM_BIND = "" if value == "off" else value

    return chosen


class TestThePlaceOfTheStream:
    def test_is_the_port_after_the_pages_wherever_these_were_told_to_listen(self, choose: Any) -> None:
        choose("127.0.0.1:8001", "default")
        port = free_port()
        assert house._stream_place(f"127.0.0.1:{port}") == f"127.0.0.1:{port + 1}"

    def test_is_done_without_where_nobody_chose_it_and_it_is_taken(self, choose: Any, capsys: pytest.CaptureFixture[str]) -> None:
        choose("127.0.0.1:8001", "default")
        with listener() as owner:
            host, _, port = place_of(owner).rpartition(":")
            assert house._stream_place(f"{host}:{int(port) - 1}") == ""
        assert "There is no live stream" in capsys.readouterr().err

    def test_that_was_chosen_and_is_taken_stops_the_start(self, choose: Any, capsys: pytest.CaptureFixture[str]) -> None:
        with listener() as owner:
            choose(place_of(owner))
            with pytest.raises(SystemExit) as left:
                house._stream_place(PAGES)
        assert (left.value.code, "CAMKET_STREAM_BIND" in capsys.readouterr().err) == (3, True)

    def test_is_never_that_of_the_pages(self, choose: Any, capsys: pytest.CaptureFixture[str]) -> None:
        choose("0.0.0.0:8000")
        with pytest.raises(SystemExit):
            house._stream_place(PAGES)
        assert "a port of its own" in capsys.readouterr().err

    def test_is_nowhere_where_it_is_switched_off(self, choose: Any) -> None:
        choose("off")
        assert house._stream_place(PAGES) == ""
