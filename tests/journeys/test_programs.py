"""The door for programs, driven by a stranger that has read nothing but its description."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.journeys.house import House, running
from tests.journeys.visitor import Visitor

SETTINGS = Path(__file__).with_name("schemathesis.toml")
EXAMPLES = "40"


def driven(house: House, secret: str, description: str) -> "subprocess.CompletedProcess[str]":
    """Let schemathesis send whatever a description allows and forbids, and compare each answer with it."""
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(SETTINGS), "run", description, "--url", house.url]
    options = ["--header", f"Authorization: Bearer {secret}", "--max-examples", EXAMPLES, "--seed", "1"]
    return subprocess.run([*command, *options], capture_output=True, text=True, timeout=240, check=False, cwd=house.home)


@pytest.mark.whatever_database
@pytest.mark.slow
class TestTheDescriptionOfTheInterface:
    def test_is_kept_by_every_answer(self, new_home: Callable[[], Mapping[str, str]]) -> None:
        with running(new_home()) as house:
            secret = house.camket("token", "add", "stranger", "--scope", "inquiries:write,notices:write").splitlines()[-1]
            done = driven(house, secret, f"{house.url}/api/v1/openapi.json")
            assert done.returncode == 0, done.stdout[-4000:]
            assert "No issues found" in done.stdout
            assert house.camket_json("journal", "verify")["ok"]

            # a description that keeps silent about refusals is found out by the same stranger
            told = json.loads(Visitor(house.url).get("/api/v1/openapi.json").text)
            responses = told["paths"]["/api/v1/inquiries"]["post"]["responses"]
            told["paths"]["/api/v1/inquiries"]["post"]["responses"] = {"201": responses["201"]}
            untrue = house.home / "untrue.json"
            untrue.write_text(json.dumps(told))
            assert driven(house, secret, str(untrue)).returncode == 1
