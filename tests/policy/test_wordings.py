"""What differs between the words that two editions show: the sentence that people agree to is passed over nowhere."""

from collections.abc import Mapping
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camket.policy.changes import PieceKind, difference, words_difference
from camket.policy.compiler import compile_edition
from camket.policy.document import WORD_KEYS, Wording, Words
from tests.policy.sample import edited, policy_of, sample_policy
from tests.stage import TIMES

TEXTS = st.sampled_from(["", "a", "a b", "b"])
WORDINGS = st.builds(Wording, label=TEXTS, why=TEXTS, hint=TEXTS, consent=TEXTS)
THINGS = st.tuples(st.sampled_from(sorted(WORD_KEYS)), st.sampled_from(["one", "other"]))
ENTRIES = st.dictionaries(THINGS, WORDINGS, max_size=4)


def words(language: str, entries: Mapping[tuple[str, str], Wording]) -> Words:
    """Return the words of one language."""
    return Words(language=language, entries=MappingProxyType(dict(entries)))


def read_off(entries: Mapping[tuple[str, str], Wording]) -> set[tuple[str, str, str, str]]:
    """Return every word that is given, by thing and key: the second opinion."""
    return {(*thing, key, text) for thing, one in entries.items() for key in ("label", "why", "hint", "consent") if (text := str(getattr(one, key)))}


class TestTheWordsThatDiffer:
    @given(ENTRIES, ENTRIES)
    @settings(max_examples=50 * TIMES)
    def test_are_exactly_those_that_one_of_the_two_gives_otherwise(
        self, old: Mapping[tuple[str, str], Wording], new: Mapping[tuple[str, str], Wording]
    ) -> None:
        found = words_difference({"vi": words("vi", old)}, {"vi": words("vi", new)})
        gone = {(one.kind, one.thing, one.key, one.before) for one in found if one.before}
        come = {(one.kind, one.thing, one.key, one.after) for one in found if one.after}
        assert gone == read_off(old) - read_off(new)
        assert come == read_off(new) - read_off(old)
        for one in found:
            assert "".join(piece.text for piece in one.pieces if piece.kind is not PieceKind.NEW) == one.before
            assert "".join(piece.text for piece in one.pieces if piece.kind is not PieceKind.GONE) == one.after

    def test_are_told_for_each_language_that_both_have_and_what_was_agreed_to_first(self) -> None:
        thing = ("purpose", "advise")
        old = {one: words(one, {thing: Wording(label="L", consent="C")}) for one in ("vi", "en", "de")}
        new = {one: words(one, {thing: Wording(label="M", consent="D")}) for one in ("vi", "en", "fr")}
        told = [(one.language, one.key, one.name) for one in words_difference(old, new)]
        assert told == [("vi", "consent", "M"), ("vi", "label", "M"), ("en", "consent", "M"), ("en", "label", "M")]


class TestTheSentenceThatPeopleAgreeTo:
    @pytest.mark.clause("1.3")
    def test_is_told_of_although_no_rule_differs(self) -> None:
        new = policy_of(compile_edition(edited("dùng các thông tin này để tư vấn", "làm mọi việc với các thông tin này"), None))
        old = sample_policy()
        assert difference(old, new).changes == ()
        (told,) = words_difference(old.words, new.words)
        assert (told.language, told.kind, told.thing, told.key, told.is_of_what_was_agreed_to) == ("vi", "purpose", "advise", "consent", True)

    @pytest.mark.parametrize(("before", "after"), [("", "D"), ("C", "")])
    def test_is_no_other_one_where_there_was_none_or_is_none(self, before: str, after: str) -> None:
        old, new = ({"vi": words("vi", {("purpose", "advise"): Wording(label="L", consent=text)})} for text in (before, after))
        assert [one.is_of_what_was_agreed_to for one in words_difference(old, new)] == [False]
