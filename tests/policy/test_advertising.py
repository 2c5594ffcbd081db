"""What the law asks of letters of advertising, and that no edition comes by advertising on the sly."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camket.policy.advertising import advertising_law, is_declared, labelled
from camket.policy.compiled import CompiledPolicy
from camket.policy.decide import decide
from camket.policy.regimes import parse_regime
from camket.policy.terms import ADVERTISE, SYSTEM, Ask, FieldName, Obligation, Operation, Outcome, RecipientId
from tests.advertising import write_edition
from tests.policy.sample import policy_of
from tests.policy.test_edition_1 import POLICY
from tests.policy.test_editions import compiled

ROOT = Path(__file__).resolve().parents[2]
TODAY, BEFORE = date(2026, 11, 23), date(2026, 8, 18)
VIETNAM, UNION = (parse_regime((ROOT / "regimes" / f"{name}.toml").read_text()) for name in ("vn-2026", "eu-gdpr"))
LAW = advertising_law(VIETNAM, TODAY)
SENDING = Ask(operation=Operation.DISCLOSE, fields=frozenset({FieldName("email")}), purpose=ADVERTISE, recipient=RecipientId("mail_carrier"))


@pytest.fixture
def knowing(tmp_path: Path) -> CompiledPolicy:
    """An edition that knows advertising."""
    return policy_of(compiled(write_edition(tmp_path, number=2)))


class TestTheLaw:
    def test_of_vietnam_lets_three_letters_a_day_go_to_an_address(self) -> None:
        assert (LAW.most_letters, LAW.window) == (3, timedelta(hours=24))

    def test_of_the_union_names_no_number(self) -> None:
        assert advertising_law(UNION, TODAY).most_letters is None

    def test_before_it_held_asked_for_nothing(self) -> None:
        law = advertising_law(VIETNAM, BEFORE)
        assert (dict(law.labels), law.most_letters) == ({}, None)


class TestALabel:
    @pytest.mark.parametrize(("language", "label"), [("vi", "[QC] "), ("en", "[AD] ")])
    def test_stands_before_everything_else(self, language: str, label: str) -> None:
        assert labelled("Giảm giá", law=LAW, language=language) == f"{label}Giảm giá"

    @pytest.mark.parametrize("subject", ["[QC] Giảm giá", "[qc] Giảm giá", "[QC]"])
    def test_is_not_written_twice(self, subject: str) -> None:
        assert labelled(subject, law=LAW, language="vi") == subject

    @given(subject=st.text(min_size=1), language=st.sampled_from(["vi", "en"]))
    def test_is_there_whatever_somebody_wrote(self, subject: str, language: str) -> None:
        once = labelled(subject, law=LAW, language=language)
        assert once.upper().startswith(LAW.labels[language])
        assert labelled(once, law=LAW, language=language) == once


class TestAnEdition:
    @pytest.mark.clause("3.7")
    def test_without_such_a_purpose_refuses_every_letter(self) -> None:
        assert not is_declared(POLICY)
        assert decide(POLICY, role=SYSTEM, ask=SENDING).outcome is Outcome.NOT_COVERED

    def test_with_one_sends_to_who_agreed_and_to_nobody_else(self, knowing: CompiledPolicy) -> None:
        assert is_declared(knowing)
        decision = decide(knowing, role=SYSTEM, ask=SENDING)
        assert (decision.outcome, Obligation.CONSENT in decision.obligations) == (Outcome.PERMITTED, True)
