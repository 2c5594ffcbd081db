"""A change between two editions in words that a customer understands: no key of the rules, no asking of oneself, nothing new that was there."""

from dataclasses import replace
from pathlib import Path

import pytest
from django.utils.translation import override

from camket.policy.changes import Change, ChangeKind, Direction, Scope, Side, difference
from camket.policy.compiled import CompiledPolicy
from camket.policy.compiler import compile_edition
from camket.policy.source import EditionSource
from camket.policy.terms import ADVISER, CONTROLLER, SUBJECT, VISITOR, ClauseNumber, FieldName, Operation, PurposeId
from camket.web.kit.change_sentences import Sentences
from camket.web.kit.change_words import ChangeShown, read_aloud
from camket.web.kit.policy_labels import Labels
from tests.policy.sample import policy_of

EDITION_1 = Path(__file__).resolve().parents[3] / "policies" / "wesoft" / "edition-1"
FIVE = 'for = ["unlawful_use", "obscene_content", "malware", "impersonation", "copyright"]'
LOCKED = f'id = "lock_service"\n{FIVE}'


def edition(*changes: tuple[str, str]) -> CompiledPolicy:
    """Edition 1 with some pieces of its binding text replaced, each wherever it stands."""
    files = {path.name: path.read_text("utf-8") for path in EDITION_1.iterdir() if path.is_file()}
    for old, new in changes:
        assert old in files["policy.vi.md"]
        files["policy.vi.md"] = files["policy.vi.md"].replace(old, new)
    return policy_of(compile_edition(EditionSource(files=files), None))


def shown(old: CompiledPolicy, new: CompiledPolicy, language: str) -> list[ChangeShown]:
    with override(language):
        return list(read_aloud(difference(old, new), old=old, new=new, language=language))


class TestADeadline:
    @pytest.mark.parametrize(
        ("language", "before", "after"),
        [
            ("en", "within 15 days, as the law sets for objecting", "within the time that the law sets for complaints"),
            ("vi", "trong 15 ngày, theo luật định cho việc phản đối", "trong thời hạn pháp luật quy định cho việc khiếu nại"),
        ],
    )
    def test_is_told_in_words_and_days(self, language: str, before: str, after: str) -> None:
        (told,) = shown(edition(), edition(('deadline = "dsr.object"', 'deadline = "dsr.complain"')), language)
        ((_, was, now, _, _),) = told.compared
        assert (was, now) == (before, after)

    @pytest.mark.parametrize("language", ["en", "vi"])
    def test_never_shows_its_key(self, language: str) -> None:
        new = edition()
        old = replace(new, rights={name: right for name, right in new.rights.items() if name != "object"})
        for told in (*shown(old, new, language), *shown(new, old, language)):
            assert "15" in dict(told.lines).popitem()[1]
            assert "dsr" not in repr(told)


class TestAMeasure:
    @pytest.mark.parametrize(
        ("language", "wider", "narrower"),
        [
            (
                "en",
                ("A measure we may take in more cases: Locking the service", "Now also for"),
                ("A measure we may take in fewer cases: Locking the service", "No longer for"),
            ),
            (
                "vi",
                ("Một biện pháp xử lý áp dụng cho thêm trường hợp: Khóa dịch vụ", "Nay áp dụng cả khi có"),
                ("Một biện pháp xử lý áp dụng cho ít trường hợp hơn: Khóa dịch vụ", "Không còn áp dụng khi có"),
            ),
        ],
    )
    def test_that_was_there_is_not_called_new(self, language: str, wider: tuple[str, str], narrower: tuple[str, str]) -> None:
        less = edition((LOCKED, LOCKED.replace('"malware", ', "")))
        for old, new, (heading, term) in ((less, edition(), wider), (edition(), less, narrower)):
            (told,) = shown(old, new, language)
            assert told.heading == heading
            assert [label for label, _ in told.lines] == [term]

    def test_that_was_not_there_is_called_new(self) -> None:
        new = edition()
        old = replace(new, measures=tuple(one for one in new.measures if one.id != "refuse_service"))
        assert [one.heading for one in shown(old, new, "en")] == ["A measure we may take: Refusing service in future"]
        assert [one.heading for one in shown(new, old, "en")] == ["A measure we may no longer take: Refusing service in future"]


def permission(scope: Scope, *, is_gone: bool = False) -> Change:
    side = Side(clauses=(ClauseNumber("1.3"),))
    direction = Direction.NARROWER if is_gone else Direction.WIDER
    return Change(
        kind=ChangeKind.PERMISSION,
        direction=direction,
        is_significant=not is_gone,
        scope=scope,
        before=side if is_gone else None,
        after=None if is_gone else side,
    )


def sentence(change: Change, language: str) -> str:
    policy = edition()
    labels = Labels(policy, language, before=policy)
    with override(language):
        return Sentences(labels, labels.listed, language, old=policy.number, new=policy.number).sentence(change)


class TestWhatSomebodyMayGiveUs:
    SCOPE = Scope(
        roles=frozenset({SUBJECT, VISITOR}),
        operations=frozenset({Operation.COLLECT}),
        purposes=frozenset({PurposeId("advise")}),
        fields=frozenset({FieldName("address")}),
        recipients=frozenset({CONTROLLER}),
    )

    @pytest.mark.parametrize(
        ("language", "newly", "no_longer"),
        [
            ("en", "you may also give us your Address, for Advice", "we no longer take your Address from you, for Advice"),
            ("vi", "quý khách có thể cung cấp thêm Địa chỉ với mục đích Tư vấn", "chúng tôi không còn nhận Địa chỉ từ quý khách với mục đích Tư vấn"),
        ],
    )
    def test_is_giving_and_no_asking_of_themselves(self, language: str, newly: str, no_longer: str) -> None:
        assert sentence(permission(self.SCOPE), language).startswith(newly)
        assert sentence(permission(self.SCOPE, is_gone=True), language).startswith(no_longer)

    def test_is_told_apart_from_what_others_may_do(self) -> None:
        scope = replace(self.SCOPE, roles=self.SCOPE.roles | {ADVISER}, operations=self.SCOPE.operations | {Operation.USE})
        giving, others, own = sentence(permission(scope), "en").split("; ")
        assert giving.startswith("you may also give us your Address")
        assert "may also ask for and see and use your Address" in others
        assert "visitor" not in others
        assert own.startswith("you yourself and the website visitor may also see and use your Address")
