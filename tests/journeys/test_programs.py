"""The door for programs, driven by a stranger that has read nothing but its description."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from tests.house.tree import ROOT
from tests.journeys.house import House, running
from tests.journeys.many_tokens import TOKENS
from tests.journeys.visitor import Visitor

SETTINGS = Path(__file__).with_name("schemathesis.toml")
EXAMPLES = "40"
MANY = 8  # tokens


def driven(house: House, secrets: Sequence[str], description: str, *, about: str, known: str = "") -> "subprocess.CompletedProcess[str]":
    """Let schemathesis send whatever a description allows and forbids about one thing, and compare each answer with it."""
    settings = house.home / "schemathesis.toml"
    settings.write_text(SETTINGS.read_text() + known)
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(settings), "run", description, "--url", house.url]
    options = ["--include-path-regex", f"^/api/v1/{about}", "--max-examples", EXAMPLES, "--seed", "1"]
    paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])  # where the hooks stand that the settings name
    around = {**os.environ, TOKENS: " ".join(secrets), "PYTHONPATH": paths}
    return subprocess.run([*command, *options], capture_output=True, text=True, timeout=240, check=False, cwd=house.home, env=around)


def tokens_for(house: House, about: str) -> list[str]:
    """Make as many tokens as leave something of a minute however much is asked of them."""
    made = (house.camket("token", "add", f"{about}-{number}", "--scope", f"{about}:write") for number in range(MANY))
    return [said.splitlines()[-1] for said in made]


def written(house: House, secret: str) -> str:
    """Write a notice, and return its id."""
    text = {"vi": "Tối thứ Bảy.", "en": "On Saturday night."}
    body = json.dumps({"title": text, "text": text, "audience": ""}).encode()
    head = {"Authorization": f"Bearer {secret}", "Content_Type": "application/json"}
    name: str = json.loads(Visitor(house.url).request("POST", "/api/v1/notices", body, **head).text)["id"]
    return name


@pytest.mark.whatever_database
@pytest.mark.slow
class TestTheDescriptionOfTheInterface:
    def test_is_kept_by_every_answer(self, new_home: Callable[[], Mapping[str, str]]) -> None:
        with running(new_home()) as house:
            secrets, others = (tokens_for(house, about) for about in ("inquiries", "notices"))
            noted = f'\n[parameters]\n"path.campaign_id" = "{written(house, others[0])}"\n'
            for about, tokens, known in (("inquiries", secrets, ""), ("notices", others, noted)):
                done = driven(house, tokens, f"{house.url}/api/v1/openapi.json", about=about, known=known)
                assert done.returncode == 0, done.stdout[-4000:]
                assert "No issues found" in done.stdout, done.stdout[-4000:]
            assert house.camket_json("journal", "verify")["ok"]

            # a description that keeps silent about refusals is found out by the same stranger
            told = json.loads(Visitor(house.url).get("/api/v1/openapi.json").text)
            responses = told["paths"]["/api/v1/inquiries"]["post"]["responses"]
            told["paths"]["/api/v1/inquiries"]["post"]["responses"] = {"201": responses["201"]}
            untrue = house.home / "untrue.json"
            untrue.write_text(json.dumps(told))
            assert driven(house, secrets, str(untrue), about="inquiries").returncode == 1
