"""Every act that the house can write into the journal has words that a reader understands."""

import ast
import re
from collections.abc import Iterator

from camket.duties.notices.rules import act_of
from camket.journal.models import PAYLOAD_WITHHELD, WITHHELD_COLUMNS
from camket.journal.published import CORRECTED, ENACTED, PUBLISHED
from camket.web.kit.act_words import ACT_KINDS, ACT_WORDS
from tests.house.tree import listed, modules, name_of, parsed

DOTTED = re.compile(r"[a-z_]+(\.[a-z_]+)+")
# where the name of an act is put together, everything dotted in the module counts as one, but for these
NO_ACTS = {
    "address.gone": "why a letter was held",
    "given.up": "why a letter was dropped",
    "publishing.second_person": "a key of the law's rule pack",
    "hour.spent": "why a letter was dropped",
}
ANSWERS = {act_of(outcome) for outcome in ("accepted", "refused", "deferred", "unknown")}
ELSEWHERE = {PAYLOAD_WITHHELD, str(WITHHELD_COLUMNS["act"]), CORRECTED, ENACTED, PUBLISHED, *ANSWERS}
# the kinds of keys that stand at its foot
MADE_OF_A_WORD = {"src/camket/vault/generations.py": ("epoch.destroyed", "index.destroyed", "call_list.destroyed")}


def acts_in(tree: ast.Module) -> Iterator[str]:
    """Yield the acts that a module records, as far as they stand in it."""
    given = [
        keyword.value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and getattr(call.func, "id", getattr(call.func, "attr", "")) in {"record", "Deed"}
        for keyword in call.keywords
        if keyword.arg == "act"
    ]
    plain = [one for value in given for one in ((value.body, value.orelse) if isinstance(value, ast.IfExp) else (value,))]
    yield from (one.value for one in plain if isinstance(one, ast.Constant) and isinstance(one.value, str))
    if any(not isinstance(one, ast.Constant) for one in plain):
        texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
        yield from (text for text in texts if DOTTED.fullmatch(text) and text not in NO_ACTS)


def acts() -> set[str]:
    """Every act that the sources can record."""
    found = {act for path in modules() for act in acts_in(parsed(path))}
    return found | ELSEWHERE | {act for several in MADE_OF_A_WORD.values() for act in several}


class TestAnAct:
    def test_that_can_be_recorded_has_words(self) -> None:
        assert not acts() - set(ACT_WORDS), listed(sorted(acts() - set(ACT_WORDS)))

    def test_with_words_can_be_recorded(self) -> None:
        assert not set(ACT_WORDS) - acts(), listed(sorted(set(ACT_WORDS) - acts()))

    def test_is_offered_under_one_heading_of_the_filter(self) -> None:
        kinds = [kind for _, several in ACT_KINDS for kind in several]
        assert len(kinds) == len(set(kinds))
        assert {act.split(".")[0] for act in ACT_WORDS} == set(kinds)

    def test_says_something_of_its_own(self) -> None:
        assert len(set(ACT_WORDS.values())) == len(ACT_WORDS)


class TestTheReader:
    def test_finds_acts_that_are_written_out_chosen_or_kept_aside(self) -> None:
        plain = ast.parse('record(act="house.opened", actor=a, at=b)\nrecord(act="a.b" if x else "a.c")\nUNRELATED = "no.act"')
        assert set(acts_in(plain)) == {"house.opened", "a.b", "a.c"}
        assert set(acts_in(ast.parse('_ACTS = {1: "a.d"}\nDeed(act=_ACTS[1])'))) == {"a.d"}

    def test_still_knows_the_module_that_makes_names_of_words(self) -> None:
        computed = {name_of(path) for path in modules() if "{self.word}.destroyed" in path.read_text()}
        assert computed == set(MADE_OF_A_WORD)
