"""What a room must not reach for: the clock, the environment, the network, signals; seen by ruff below the doors and by name in them."""

import pytest

from tests.house.banned import ALLOWED, banned_names, breaches, opened_by_pure_rooms, uses_of_banned
from tests.house.plant import Copy, copy_house
from tests.house.tree import listed

# One use of every banned name, as somebody would write it.
USES = {
    "django.utils.timezone.now": "from django.utils import timezone\nAT = timezone.now()",
    "django.utils.timezone.localdate": "from django.utils.timezone import localdate\nON = localdate()",
    "django.db.models.functions.Now": "from django.db.models.functions import Now\nAT = Now()",
    "datetime.datetime.now": "import datetime\nAT = datetime.datetime.now(datetime.UTC)",
    "datetime.datetime.utcnow": "import datetime as d\nAT = d.datetime.utcnow()",
    "datetime.datetime.today": "from datetime import datetime\nAT = datetime.today()",
    "datetime.date.today": "from datetime import date\nON = date.today()",
    "time.time": "import time\nAT = time.time()",
    "os.environ": "import os\nHOME = os.environ['HOME']",
    "os.environb": "import os\nHOME = os.environb[b'HOME']",
    "os.getenv": "from os import getenv\nHOME = getenv('HOME')",
    "unicodedata.normalize": "import unicodedata\nNAME = unicodedata.normalize('NFC', 'a')",
    "django.core.mail": "from django.core.mail import send_mail\nSEND = send_mail",
    "urllib.request": "import urllib.request\nGET = urllib.request.urlopen",
    "http.client": "from http.client import HTTPConnection\nGET = HTTPConnection",
    "django.db.models.signals": "from django.db.models.signals import post_save\nSIGNAL = post_save",
    "django.dispatch": "from django.dispatch import receiver\nHEAR = receiver",
}


@pytest.fixture(scope="module")
def ruff_says(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What ruff says of a house whose lower rooms use every banned name, one module each."""
    copy = copy_house(tmp_path_factory.mktemp("names"))
    for number, (name, source) in enumerate(USES.items()):
        copy.plant(f"camket.duties.intake.planted_{number:02}_{name.rpartition('.')[2].lower()}", source)
    return copy.run("ruff", "check", "--no-cache", "--select", "TID251", "--output-format", "concise", "src").stdout


class TestABannedName:
    def test_has_a_planted_use_each(self) -> None:
        assert set(USES) == banned_names()

    @pytest.mark.parametrize("name", USES)
    def test_is_seen_by_ruff_below_the_doors(self, ruff_says: str, name: str) -> None:
        number = list(USES).index(name)
        (line, *_) = [line for line in ruff_says.splitlines() if f"planted_{number:02}_" in line] or [""]
        assert f"`{name}` is banned" in line

    @pytest.mark.parametrize("name", USES)
    def test_is_seen_in_a_door_that_has_no_leave_for_it(self, name: str) -> None:
        assert name in {found for _, found in uses_of_banned(USES[name], allowed=set())}
        assert uses_of_banned(USES[name], allowed={name}) == []

    def test_stands_nowhere_in_the_house_but_where_it_belongs(self) -> None:
        assert not breaches(), listed(breaches())

    def test_is_allowed_only_to_doors_channels_and_config(self) -> None:
        assert set(ALLOWED) == {"config", "jobs", "web", "channels"}
        assert set().union(*ALLOWED.values()) <= banned_names()


class TestAPureRoom:
    def test_opens_no_file_and_prints_nothing(self) -> None:
        assert not opened_by_pure_rooms(), listed(opened_by_pure_rooms())


class TestOtherHabits:
    @pytest.mark.parametrize(
        ("source", "code"),
        [
            ("def late() -> object:\n    import json\n    return json", "PLC0415"),
            ("print('a word on standard output')", "T201"),
            ("try:\n    import json\nexcept Exception:\n    json = None", "BLE001"),
            ("# TODO: later", "FIX002"),
            ("# total = first + second", "ERA001"),
            ("X = 1  # noqa", "PGH004"),
            ("X: int = 'a'  # type: ignore", "PGH003"),
            ("from .terms import Ask", "TID252"),
            ("from django.utils.safestring import mark_safe\nX = mark_safe('<b>' + 'x')", "S308"),
        ],
    )
    def test_are_refused_by_ruff(self, tmp_path_factory: pytest.TempPathFactory, source: str, code: str) -> None:
        copy = _bare_copy(tmp_path_factory)
        copy.plant("camket.policy.planted", source)
        assert code in copy.run("ruff", "check", "--no-cache", "--output-format", "concise", "src/camket/policy/planted.py").stdout

    @pytest.mark.slow
    def test_an_untyped_function_is_refused_by_mypy(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        copy = _bare_copy(tmp_path_factory)
        copy.plant("camket.policy.planted", "def loose(value):\n    return value\n\n\nNUMBER: int = 'three'")
        said = copy.run("mypy", "--cache-dir", str(copy.folder / "cache"), "--follow-imports", "silent", "src/camket/policy/planted.py").stdout
        assert "[no-untyped-def]" in said
        assert "[assignment]" in said


def _bare_copy(factory: pytest.TempPathFactory) -> Copy:
    return copy_house(factory.mktemp("house"))
