"""Every import contract of pyproject.toml catches the breach it is there for, and names it."""

import re
import tomllib
from dataclasses import dataclass

import pytest

from tests.house.plant import Copy, copy_house
from tests.house.tree import ROOT


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """One line in one module that one contract forbids."""

    contract: str
    module: str
    line: str
    shown: str  # what the report must say

    def __str__(self) -> str:
        return f"{self.contract}: {self.module}"


def breach(contract: str, module: str, line: str, shown: str | None = None) -> Breach:
    target = re.sub(r"^(from (\S+) )?import (\S+)$", lambda m: f"{m[2]}.{m[3]}" if m[2] else m[3], line)
    return Breach(contract=contract, module=module, line=line, shown=shown or f"{module} -> {target}")


BREACHES = (
    breach("rooms", "camket.policy.planted_up", "from camket.vault import planted_ground"),
    breach("rooms", "camket.journal.planted_up", "from camket.access import planted_ground"),
    breach("rooms", "camket.vault.planted_up", "from camket.duties.intake import planted_ground"),
    breach("rooms", "camket.web.site.planted_side", "from camket.channels.mail_out import planted_ground"),
    breach("rooms", "camket.duties.intake.planted_up", "from camket.web.kit import planted_ground"),
    breach("rooms", "camket.planted_room", "ROOM = 'nobody drew this one'", "camket.planted_room"),
    breach("duties", "camket.duties.intake.planted_up_row", "from camket.duties.publishing import planted_ground"),
    breach("duties", "camket.duties.notices.planted_sibling", "from camket.duties.catalogue import planted_ground"),
    breach("duties", "camket.duties.planted_duty", "DUTY = 'nobody promised this one'", "camket.duties.planted_duty"),
    breach("faces", "camket.web.site.planted_face", "from camket.web.console import planted_ground"),
    breach("faces", "camket.web.kit.planted_face", "from camket.web.api import planted_ground"),
    breach("channels", "camket.channels.mail_in.planted_sibling", "from camket.channels.mail_out import planted_ground"),
    breach("channels", "camket.config.planted_channel", "from camket.channels.mail_out import planted_ground"),
    breach("vault", "camket.duties.intake.planted_break_in", "from camket.vault import models"),
    breach("vault", "camket.config.planted_break_in", "from camket.vault import planted_ground"),
    breach("doors", "camket.web.site.planted_table", "from camket.duties.intake import models"),
    breach("doors", "camket.jobs.planted_table", "from camket.access import models"),
    breach("doors", "camket.channels.mail_out.planted_journal", "from camket.journal import planted_ground"),
    breach("doors", "camket.jobs.planted_lease", "from camket.outbox import planted_ground"),
    breach("doors", "camket.web.console.planted_gate", "from camket.vault import gate"),
    breach("doors", "camket.web.api.planted_editions", "from camket.editions import planted_ground"),
    breach("pure", "camket.policy.planted_world", "import os"),
    breach("pure", "camket.policy.planted_clock", "import time"),
    breach("pure", "camket.policy.planted_chance", "import secrets"),
    breach("pure", "camket.policy.planted_log", "import logging"),
    breach("pure", "camket.policy.planted_web", "import urllib.parse", "camket.policy.planted_web -> urllib"),
    # through somebody else: the rules import a plain module, that module imports Django
    breach("pure", "camket.duties.standing.rules", "from camket.duties.standing import planted_go_between"),
    breach("network", "camket.duties.intake.planted_network", "import smtplib"),
    breach("network", "camket.jobs.planted_network", "import socket"),
    breach(
        "circles",
        "camket.duties.services.planted_hen",
        "from camket.duties.services import planted_egg",
        "No cycles are allowed in camket.duties.services.",
    ),
)
GROUND = (
    *(
        "camket.vault",
        "camket.access",
        "camket.outbox",
        "camket.journal",
        "camket.editions",
        "camket.duties.intake",
        "camket.duties.publishing",
        "camket.duties.catalogue",
    ),
    *("camket.web.kit", "camket.web.console", "camket.web.api", "camket.channels.mail_out"),
)


def contract_names() -> dict[str, str]:
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    return {contract["id"]: contract["name"] for contract in tool["contracts"]}


def report_of(copy: Copy) -> str:
    answer = copy.run("lint-imports", "--no-cache")
    return answer.stdout + answer.stderr


def chapters(report: str) -> dict[str, str]:
    """Split the report's second half, where each broken contract has a heading and its evidence."""
    evidence = report.split("Broken contracts", 1)[-1]
    found: dict[str, str] = {}
    names = {name: identity for identity, name in contract_names().items()}
    current = ""
    for line in evidence.splitlines():
        current = names.get(line.strip(), current)
        found[current] = found.get(current, "") + line + "\n"
    return found


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What lint-imports says of a house in which every breach is planted at once, by contract."""
    copy = copy_house(tmp_path_factory.mktemp("walls"))
    for room in GROUND:
        copy.plant(f"{room}.planted_ground", "GROUND = 1")
    for room in ("camket.vault", "camket.access", "camket.duties.intake"):
        copy.plant(f"{room}.models", "")
    if not (copy.folder / "src/camket/vault/gate").exists():
        copy.plant("camket.vault.gate", "")
    copy.plant("camket.duties.standing.planted_go_between", "import django")
    copy.plant("camket.duties.services.planted_egg", "from camket.duties.services import planted_hen")
    for planted in BREACHES:
        copy.plant(planted.module, planted.line)
    return chapters(report_of(copy))


@pytest.mark.slow
class TestTheWalls:
    @pytest.mark.parametrize("planted", BREACHES, ids=str)
    def test_name_a_planted_breach(self, broken: dict[str, str], planted: Breach) -> None:
        assert planted.contract in broken, f"the contract {planted.contract!r} held although {planted.line!r} was planted in {planted.module}"
        assert planted.shown in broken[planted.contract]

    def test_are_each_tried_by_at_least_one_breach(self) -> None:
        assert set(contract_names()) == {planted.contract for planted in BREACHES}

    def test_leave_indirect_imports_forbidden_to_the_pure_rooms(self) -> None:
        contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
        (pure,) = [contract for contract in contracts if contract["id"] == "pure"]
        assert not pure.get("allow_indirect_imports", False)
        assert not pure.get("ignore_imports", [])
