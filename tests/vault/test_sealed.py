"""A sealed value leaves by `reveal` and by no other road."""

import copy
import dataclasses
import json
import logging
import operator
import pickle
from collections.abc import Callable
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pytest
from django.core.serializers.json import DjangoJSONEncoder
from django.template import Context, Template
from django.utils.html import escape
from hypothesis import given
from hypothesis import strategies as st

from camket.policy.terms import CollectionId, EditionNumber, FieldName, Redaction
from camket.vault.gate import MatterId, RecordId, Sealed, Shown, SubjectId
from tests.vault.deeds import somebody

CANARY = "chim-hoang-yen-0912"

ROADS: dict[str, Callable[[Sealed], object]] = {
    "str": str,
    "bytes": bytes,
    "format": lambda sealed: f"{sealed}",
    "format with width": lambda sealed: f"{sealed:>40}",
    "percent": lambda sealed: "%s" % sealed,  # noqa: UP031  # one of the roads
    "join": lambda sealed: ", ".join(["x", sealed]),  # type: ignore[list-item]  # noqa: FLY002  # one of the roads
    "add": lambda sealed: "x" + sealed,
    "add the other way": lambda sealed: sealed + "x",
    "iterate": list,
    "index": lambda sealed: sealed[0],
    "contains": lambda sealed: "c" in sealed,
    "length": len,
    "truth": bool,
    "equal": lambda sealed: sealed == CANARY,
    "equal the other way": lambda sealed: operator.eq(CANARY, sealed),
    "order": lambda sealed: sealed < CANARY,
    "order the other way": lambda sealed: operator.lt(CANARY, sealed),
    "hash": hash,
    "among": lambda sealed: sealed in [CANARY, "x"],
    "copy": copy.copy,
    "deep copy": copy.deepcopy,
    "asdict": lambda sealed: dataclasses.asdict(shown(sealed)),
    "pickle": pickle.dumps,
    "pickle 0": lambda sealed: pickle.dumps(sealed, protocol=0),
    "json": json.dumps,
    "django's json": lambda sealed: json.dumps(sealed, cls=DjangoJSONEncoder),
    "json as key": lambda sealed: json.dumps({sealed: 1}),
    "vars": vars,
    "escape": escape,
    "template": lambda sealed: Template("{{ value }}").render(Context({"value": sealed})),
    "int": int,  # type: ignore[dict-item]  # what must not work
    "upper": lambda sealed: sealed.upper(),  # type: ignore[attr-defined]  # what must not work
}


def shown(sealed: Sealed) -> Shown:
    return Shown(
        subject=SubjectId(somebody()),
        matter=MatterId(somebody()),
        record=RecordId(somebody()),
        collection=CollectionId("contact"),
        edition=EditionNumber(1),
        clauses=(),
        created_at=datetime(2026, 11, 23, tzinfo=UTC),
        fields=MappingProxyType({FieldName("phone"): sealed}),
        redactions=MappingProxyType({FieldName("phone"): Redaction.FULL}),
    )


class TestASealedValue:
    def test_is_revealed_on_purpose(self) -> None:
        assert Sealed(CANARY).reveal() == CANARY

    @pytest.mark.parametrize("road", list(ROADS))
    def test_takes_no_other_road(self, road: str) -> None:
        with pytest.raises((TypeError, AttributeError)) as refused:
            ROADS[road](Sealed(CANARY))
        assert CANARY not in str(refused.value)

    @pytest.mark.parametrize("road", [repr, lambda sealed: f"{sealed!r}", ascii, lambda sealed: f"{[sealed]}", lambda sealed: repr(shown(sealed))])
    def test_is_known_in_lists_and_tracebacks_by_a_word(self, road: Callable[[Any], str]) -> None:
        assert "<sealed>" in road(Sealed(CANARY))
        assert CANARY not in road(Sealed(CANARY))

    @given(st.text(min_size=8))
    def test_gives_no_length_away(self, text: str) -> None:
        assert repr(Sealed(text)) == "<sealed>"

    def test_never_reaches_a_log(self, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> None:
        log = logging.getLogger("tests.sealed")
        log.propagate = False
        handler = logging.StreamHandler()
        log.addHandler(handler)
        try:
            log.warning("of %s", Sealed(CANARY))
        finally:
            log.removeHandler(handler)
        assert CANARY not in capsys.readouterr().err

    def test_has_no_room_for_anything_beside_it(self) -> None:
        with pytest.raises(AttributeError):
            Sealed(CANARY).note = "x"  # type: ignore[attr-defined]  # what must not work
