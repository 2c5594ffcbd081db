"""The law as data: dated values that say where they come from, and a policy held against what it must contain."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camket.policy.compiled import RightId
from camket.policy.compiler import compile_edition
from camket.policy.diagnostics import Diagnostic, Severity
from camket.policy.document import Document, Statement
from camket.policy.regimes import Confidence, RegimeInvalid, ValueMissing, jurisdiction_of, parse_regime
from camket.policy.shortfalls import shortfalls
from camket.policy.source import EditionSource
from camket.policy.terms import CollectionId
from tests.policy.sample import FILES, LAW, TODAY, policy_of, sample_regime

ROOT = Path(__file__).resolve().parents[2]
VIETNAM = parse_regime((ROOT / "regimes" / "vn-2026.toml").read_text())

VALUE = LAW.partition("[[value]]")[1] + LAW.partition("[[value]]")[2]
WHOLE_POLICY = (
    "".join(f'[[right]]\nid = "{right}"\ndeadline = "dsr.access"\n' for right in RightId if right is not RightId.VIEW)
    + '[[recipient]]\nid = "procuracy"\nkind = "authority"\n[[recipient]]\nid = "police_investigation"\nkind = "authority"\n'
    + '[[recipient]]\nid = "cyber_force"\nkind = "authority"\n[[recipient]]\nid = "data_protection_agency"\nkind = "authority"\n'
)
WHOLE_WORDS = (
    "\n```words\n"
    + "".join(f'right.{right}.label = "x"\n' for right in RightId if right is not RightId.VIEW)
    + "".join(f'recipient.{one}.label = "x"\n' for one in ("procuracy", "police_investigation", "cyber_force", "data_protection_agency"))
    + "```\n"
)
SAID = 'says = ["measure_reasons", "measure_appeal", "measure_lifting", "breach_notice", "subject_duties"]\nwhy = "Điều 6'
NOTHING = 'rule = "none"\nwhy = "x"'
LOG_LABEL = "```words\npurpose.keep_log.label = 'x'\n```"
TECHNICAL_LOG = """\
[[retain]]
purposes = ["keep_log"]
after = "log.written"
keep = "P11M"
then = "erase"

[[purpose]]
id = "keep_log"
basis = "legal_obligation"
article = "x"

[[controller]]"""

ADVERTISING = """\
[[retain]]
purposes = ["advertise"]
after = "inquiry.closed"
keep = "P1Y"
then = "erase"

[[purpose]]
id = "advertise"
basis = "consent"

[[permit]]
roles = ["adviser"]
operations = ["use"]
purposes = ["advertise"]
fields = ["email"]

[[controller]]"""


def lacking(*edits: tuple[str, str], whole: bool = True) -> list[Diagnostic]:
    """Return how the sample edition, completed and then edited, falls short of Vietnamese law."""
    files = {name: text.replace("sample-law", "vn-2026") for name, text in FILES.items()}
    if whole:
        files["policy.vi.md"] = files["policy.vi.md"].replace("[[controller]]", WHOLE_POLICY + "[[controller]]") + WHOLE_WORDS
        files["policy.vi.md"] = files["policy.vi.md"].replace('why = "Điều 6', SAID)
        files["policy.en.md"] += WHOLE_WORDS
    for old, new in edits:
        assert any(old in text for text in files.values()), f"no file holds {old!r}"
        files = {name: text.replace(old, new) for name, text in files.items()}
    compilation = compile_edition(EditionSource(files=files), VIETNAM)
    policy_of(compilation)
    return [one for one in compilation.diagnostics if one.code.startswith("law.")]


class TestTheLawOfVietnam:
    def test_says_of_each_value_where_it_comes_from(self) -> None:
        assert {"dsr.ack", "breach.authority", "lock.tier1.longest", "ads.window.sms", "retention.floor.syslog"} <= VIETNAM.values.keys()
        for dated in VIETNAM.values.values():
            for value in dated:
                assert value.basis
                assert value.confidence in Confidence

    @pytest.mark.clause("9.12")
    @pytest.mark.parametrize(
        ("right", "own", "processor", "ext"),
        [
            ("withdraw", 15, 20, 15),
            ("restrict", 15, 20, 15),
            ("object", 15, 20, 15),
            ("access", 10, 15, 10),
            ("correct", 10, 15, 10),
            ("copy", 10, 15, 10),
            ("erase", 20, 30, 20),
        ],
    )
    def test_gives_a_person_s_request_its_days(self, right: str, own: int, processor: int, ext: int) -> None:
        assert [VIETNAM.number(f"dsr.{right}.{leg}", TODAY) for leg in ("own", "processor", "ext")] == [own, processor, ext]

    @pytest.mark.clause("9.2")
    def test_gives_an_acknowledgement_two_working_days(self) -> None:
        value = VIETNAM.on("dsr.ack", TODAY)
        assert (value.value, value.unit) == (2, "working_days")

    @pytest.mark.clause("7.4")
    def test_gives_a_breach_seventy_two_hours(self) -> None:
        assert VIETNAM.number("breach.authority", TODAY) == 72

    def test_gives_an_authority_its_answer_in_a_day_or_in_three_hours(self) -> None:
        assert [VIETNAM.number(f"authority.userinfo.{pace}", TODAY) for pace in ("normal", "urgent")] == [24, 3]

    def test_has_nothing_to_say_before_it_came_into_force(self) -> None:
        with pytest.raises(ValueMissing):
            VIETNAM.on("authority.userinfo.normal", date(2026, 6, 30))
        assert VIETNAM.number("authority.userinfo.normal", date(2026, 7, 1)) == 24

    def test_knows_the_deadlines_a_right_can_name(self) -> None:
        assert "dsr.complain" in VIETNAM.deadlines()
        assert "dsr.ack" not in VIETNAM.deadlines()


class TestAValue:
    def test_gives_way_to_a_later_one_on_its_day(self) -> None:
        later = VALUE.replace("value = 10", "value = 7").replace("2026-01-01", "2027-01-01")
        regime = parse_regime(LAW + "effective_until = 2027-01-01\n" + later)
        assert regime.number("dsr.access.own", date(2026, 12, 31)) == 10
        assert regime.number("dsr.access.own", date(2027, 1, 1)) == 7
        newest = regime.latest("dsr.access.own")
        assert newest is not None
        assert newest.value == 7

    def test_that_nobody_knows_is_missing(self) -> None:
        with pytest.raises(ValueMissing):
            sample_regime().on("dsr.dance.own", TODAY)
        assert sample_regime().latest("dsr.dance.own") is None
        assert not sample_regime().knows("dsr.dance.own")

    def test_that_is_no_number_is_not_given_as_one(self) -> None:
        with pytest.raises(ValueMissing):
            VIETNAM.number("dsr.ext.requires_reason", TODAY)

    @pytest.mark.parametrize(
        ("old", "new", "told"),
        [
            ("id =", "id", "line 3"),
            ('id = "sample-law"\n', "", "lacks the text 'id'"),
            ("Asia/Ho_Chi_Minh", "Asia/Nowhere", "no timezone"),
            ("[[value]]", "[[valeu]]", "Did you mean 'value'"),
            ("[[value]]", "[value]", r"no \[\[value\]\] tables"),
            ("dsr.access.own", "DSR", "is no key"),
            ("value = 10", "value = 10.5", "must be a whole number"),
            ("value = 10", "value = []", "must be a whole number"),
            ("value = 10", 'value = ""', "must be a whole number"),
            ("value = 10\n", "", "must be a whole number"),
            ('unit = "days"\n', "", "lacks the text 'unit'"),
            ("unit", "units", "Did you mean 'unit'"),
            ('"S1"', '"sure"', "S1, S2, M, I"),
            ("effective_from = 2026-01-01", 'effective_from = "2026-01-01"', "must be a day"),
            ("effective_from = 2026-01-01", "effective_from = 2026-01-01T00:00:00Z", "must be a day"),
            ("2026-01-01\n", "2026-01-01\neffective_until = 2026-01-01\n", "ends before it begins"),
            ("2026-01-01\n", "2026-01-01\n" + VALUE, "two values of dsr.access.own"),
        ],
    )
    def test_that_is_badly_written_is_refused_with_a_sentence(self, old: str, new: str, told: str) -> None:
        assert old in LAW
        with pytest.raises(RegimeInvalid, match=told):
            parse_regime(LAW.replace(old, new, 1))

    @given(st.text() | st.text().map(lambda junk: LAW + junk))
    def test_is_read_or_refused_and_nothing_else(self, text: str) -> None:
        try:
            parse_regime(text)
        except RegimeInvalid:
            return
        assert text


class TestAJurisdiction:
    @pytest.mark.parametrize(("regime", "country"), [("vn-2026", "VN"), ("eu-gdpr", "EU"), ("sample-law", ""), ("vn", ""), ("", "")])
    def test_is_told_by_the_beginning_of_the_rule_packs_name(self, regime: str, country: str) -> None:
        assert jurisdiction_of(regime) == country

    def test_is_known_of_every_rule_pack_that_ships(self) -> None:
        assert all(jurisdiction_of(one.stem) for one in (ROOT / "regimes").glob("*.toml"))


class TestAPolicyThatKeepsTheLaw:
    def test_is_told_of_nothing(self) -> None:
        assert lacking() == []

    def test_is_told_of_nothing_by_a_law_that_asks_for_nothing(self) -> None:
        compilation = compile_edition(EditionSource(files=FILES), sample_regime())
        assert shortfalls(policy_of(compilation), compilation.documents, sample_regime()) == []


class TestAPolicyThatFallsShort:
    def test_is_compiled_with_a_warning_that_names_the_article(self) -> None:
        (told,) = lacking(("notice_days = 15", "notice_days = 0"))
        assert (told.severity, told.code, told.clause) == (Severity.WARNING, "law.policy.change.notice_days", "8.1")
        assert "without prior notice" in told.message
        assert "Law 91/2025 art. 9.4" in told.message
        assert told.line > 1

    def test_is_told_which_rights_it_does_not_speak_of(self) -> None:
        told = {one.code: one.message for one in lacking(whole=False)}
        assert "Decree 248/2026 art. 5.1(e)" in told["law.right.correct"]
        assert "Decree 248/2026 art. 5.1(g)" in told["law.right.erase"]
        assert "Decree 248/2026 art. 5.1(h)" in told["law.right.complain"]
        assert "law.right.view" not in told
        assert len([code for code in told if code.startswith("law.right.")]) == 8

    @pytest.mark.parametrize(
        ("edit", "code", "article"),
        [
            (("last_updated = true", "last_updated = false"), "law.change_clause", "Law 91/2025 art. 9.4"),
            (('[[change]]\nsignificant = "email"\nnotice_days = 15\nlast_updated = true', 'rule="none"\nwhy="x"'), "law.change_clause", "art. 9.4"),
            (
                ('id = "mail_carrier"\nkind = "processor"', 'id = "mail_carrier"\nkind = "controller"'),
                "law.processors",
                "Consumer Law 19/2023 art. 15",
            ),
            (("data_protection_agency", "tax_office"), "law.authorities", "Law 116/2025 art. 25.2"),
            (('"second_person", "justification"', '"second_person"'), "law.justified_disclosure", "Law 91/2025 art. 19.2"),
            (("Asia/Ho_Chi_Minh", "Asia/Tokyo"), "law.timezone", ""),
        ],
    )
    def test_is_told_of_it(self, edit: tuple[str, str], code: str, article: str) -> None:
        (told,) = lacking(edit)
        assert told.code == code
        assert article in told.message

    @pytest.mark.parametrize(
        ("statement", "article", "clause"),
        [
            ("measure_reasons", "Law 122/2025 art. 11.1(c)", "2.2"),
            ("measure_appeal", "Law 122/2025 art. 11.1(c) and (d)", "2.2"),
            ("measure_lifting", "Decree 333/2026 art. 16.4(e)", "2.2"),
            ("breach_notice", "Law 91/2025 art. 23.1", None),
            ("subject_duties", "Law 91/2025 art. 9.2", None),
        ],
    )
    def test_is_told_what_it_does_not_say(self, statement: str, article: str, clause: str | None) -> None:
        rest = [one for one in Statement if one != statement]
        (told,) = lacking((SAID.partition("\n")[0], f"says = {json.dumps(rest)}"))
        assert (told.code, told.clause) == (f"law.{statement}", clause)
        assert article in told.message
        assert statement in told.hint

    def test_that_knows_no_measure_owes_no_word_about_measures(self) -> None:
        files = (
            ('says = ["measure_reasons", "measure_appeal", "measure_lifting", ', "says = ["),
            ('[[measure]]\nid = "lock_service"\nfor = ["malware"]', NOTHING),
        )
        assert lacking(*files) == []

    def test_is_told_of_each_purpose_and_collection_without_a_period(self) -> None:
        compilation = compile_edition(EditionSource(files=FILES), None)
        policy = policy_of(compilation)
        kept = replace(policy.retention.rules[0], collections=(CollectionId("other"),))
        told = shortfalls(replace(policy, retention=replace(policy.retention, rules=(kept,))), compilation.documents, VIETNAM)
        unbounded = {(one.message.partition(" Law:")[0], one.clause) for one in told if one.code == "law.retention_period"}
        assert unbounded == {
            ("No clause says how long 'contact' for 'advise' is kept.", "1.1"),
            ("No clause says how long 'contact' for 'legal_disclosure' is kept.", "1.1"),
        }

    def test_is_told_of_a_purpose_that_holds_no_collection_and_has_no_period(self) -> None:
        told = lacking(("[[controller]]", TECHNICAL_LOG[TECHNICAL_LOG.index("[[purpose]]") :]), ("## 7.", LOG_LABEL + "\n\n## 7."))
        assert [one.code for one in told] == ["law.retention_period"]
        assert "what is processed for 'keep_log'" in told[0].message

    @pytest.mark.clause("1.4")
    def test_is_told_that_it_asks_for_more_than_it_needs(self) -> None:
        (told,) = lacking(('required = ["full_name"]', 'required = ["full_name", "email", "phone"]'))
        assert (told.code, told.clause) == ("law.choice_of_contact", "1.1")
        assert "2 ways to reach a person" in told.message
        assert "Law 91/2025 art. 3.2" in told.message

    @pytest.mark.clause("11.2")
    def test_is_told_that_its_technical_log_is_too_short(self) -> None:
        told = lacking(("[[controller]]", TECHNICAL_LOG), ("## 7.", LOG_LABEL + "\n\n## 7."))[0]
        assert told.code == "law.retention.floor.syslog"
        assert "P12M" in told.hint

    @pytest.mark.parametrize(("keep", "is_told"), [("P11M", True), ("P360D", True), ("P1Y", False), ("P12M", False), ("P2Y", False)])
    def test_is_told_that_it_keeps_too_shortly_who_agreed_to_advertising_and_who_stopped_it(self, keep: str, is_told: bool) -> None:
        rules = ADVERTISING.replace("P1Y", keep)
        told = lacking(("[[controller]]", rules), ("## 7.", "```words\npurpose.advertise.label = 'x'\npurpose.advertise.consent = 'y'\n```\n\n## 7."))
        assert [one.code for one in told if one.code != "law.retention_period"] == ["law.ads.record.keep"] * is_told
        assert all("Decree 330/2026 art. 37.2(b)" in one.message for one in told if one.code == "law.ads.record.keep")

    def test_is_told_that_nobody_and_nothing_answers_for_it(self) -> None:
        controller = '[[controller]]\nname = "CÔNG TY VÍ DỤ"\naddress = "Số 1, đường Mẫu, thành phố Ví Dụ"\nemail = "setting"'
        safeguards = '[[safeguard]]\nid = "encryption_per_person"\n[[safeguard]]\nid = "epoch_keys"\ndays = 14'
        codes = {one.code for one in lacking((controller, NOTHING), (safeguards, NOTHING), whole=False)}
        assert {"law.controller", "law.safeguards"} <= codes

    def test_is_told_that_it_has_no_vietnamese_text(self) -> None:
        compilation = compile_edition(EditionSource(files=FILES), None)
        documents: Mapping[str, Document] = {"en": compilation.documents["en"]}
        assert "law.language" in {one.code for one in shortfalls(policy_of(compilation), documents, VIETNAM)}

    def test_is_told_where_the_warning_rests_on_no_text_of_the_law(self) -> None:
        (told,) = lacking(("data_protection_agency", "tax_office"))
        assert "have counsel confirm it" in told.hint
        (sure,) = lacking(("last_updated = true", "last_updated = false"))
        assert "counsel" not in sure.hint


class TestAPolicyThatHoldsNothing:
    def test_is_told_that_it_names_no_period_and_no_recipient(self) -> None:
        text = '# T\n\n## 1. S\n\n1.1 C.\n\n```rule\nrule = "none"\nwhy = "x"\n```\n'
        files = {"edition.toml": FILES["edition.toml"].replace("sample-law", "vn-2026").replace('["en"]', "[]"), "policy.vi.md": text}
        codes = {one.code for one in compile_edition(EditionSource(files=files), VIETNAM).diagnostics}
        assert {"law.retention_period", "law.recipients", "law.controller", "law.safeguards", "law.change_clause", "law.authorities"} <= codes
