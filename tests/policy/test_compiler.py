"""Compiling: an ordinary edition becomes a value; a broken one becomes sentences that say what to mend, and where."""

import tomllib
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path

import pytest

from camket.policy.agreement import check_translation, numbering_of_gaps
from camket.policy.compiled import FieldKind, RecipientKind
from camket.policy.compiler import Compilation, compile_edition
from camket.policy.diagnostics import Diagnostic, Report, Severity
from camket.policy.source import LARGEST_FILE, EditionSource, parse_document
from camket.policy.terms import (
    ABUSE,
    ADVISER,
    AUDITOR,
    CONTROLLER,
    ROLES,
    VISITOR,
    FieldName,
    LegalBasis,
    Obligation,
    Operation,
    PurposeId,
    Redaction,
)
from tests.policy.sample import EDITION, FILES, VI, edited, policy_of, sample_policy, sample_regime, sample_source
from tests.policy.spoilt import assert_is_told

ADVISE = PurposeId("advise")
EMAIL = FieldName("email")
PHONE = FieldName("phone")


def told_of(compilation: Compilation, code: str, clause: str | None) -> Diagnostic:
    """Return the first finding of a code at a clause, or fail with all that there are."""
    found = [one for one in compilation.diagnostics if (one.code, one.clause) == (code, clause)]
    assert found, [(one.code, one.clause, one.message) for one in compilation.diagnostics]
    return found[0]


class TestAnOrdinaryEdition:
    def test_is_left_as_it_was_read(self) -> None:
        """What was read of a text is kept for whoever asks next, and so may not change in anybody's hand."""
        source = sample_source()
        read = {file: parse_document("vi", file, text) for file, text in source.files.items()}
        before = deepcopy({file: [block.tables for block in one.rules] for file, one in read.items()})
        assert compile_edition(source, sample_regime()).policy == compile_edition(source, sample_regime()).policy
        assert {file: [block.tables for block in one.rules] for file, one in read.items()} == before
        assert any(before.values())

    def test_compiles_without_a_finding(self) -> None:
        compilation = compile_edition(sample_source(), sample_regime())
        assert compilation.policy is not None
        assert compilation.diagnostics == ()

    def test_keeps_its_fields_and_collections_in_the_order_of_the_text(self) -> None:
        policy = sample_policy()
        assert list(policy.fields) == ["full_name", "email", "phone"]
        assert policy.fields[EMAIL].kind is FieldKind.EMAIL
        assert policy.fields[EMAIL].clause == "1.1"
        (contact,) = policy.collections_for(ADVISE)
        assert contact.required == ("full_name",)
        assert contact.one_of == (("email", "phone"),)

    def test_tells_what_each_purpose_rests_on(self) -> None:
        policy = sample_policy()
        assert policy.purposes[ADVISE].basis is LegalBasis.CONSENT
        assert policy.purposes[PurposeId("legal_disclosure")].article == "Luật 91/2025/QH15, điều 19.1.c"

    @pytest.mark.clause("1.3")
    def test_asks_for_consent_wherever_a_purpose_rests_on_it(self) -> None:
        grants = sample_policy().table[VISITOR, Operation.COLLECT, ADVISE, CONTROLLER]
        assert grants[EMAIL].obligations == {Obligation.CONSENT}

    @pytest.mark.parametrize("operation", Operation)
    def test_asks_for_no_new_consent_to_store_correct_or_erase(self, operation: Operation) -> None:
        permit = f'[[permit]]\nroles = ["abuse"]\noperations = ["{operation}"]\npurposes = ["advise"]\nfields = ["email"]\n\n[[controller]]'
        policy = policy_of(compile_edition(edited("[[controller]]", permit), None))
        obligations = policy.table[ABUSE, operation, ADVISE, CONTROLLER][EMAIL].obligations
        needs_consent = operation in {Operation.COLLECT, Operation.USE, Operation.FIND, Operation.DISCLOSE}
        assert obligations == ({Obligation.CONSENT} if needs_consent else frozenset())

    @pytest.mark.clause("6.4")
    def test_takes_what_is_forbidden_out_of_the_table(self) -> None:
        policy = sample_policy()
        key = (AUDITOR, Operation.USE, ADVISE, CONTROLLER)
        assert key not in policy.table
        assert policy.overruled[key][EMAIL].clauses == ("3.2",)

    def test_shows_a_field_only_as_far_as_its_clause_says(self) -> None:
        grants = sample_policy().table[ADVISER, Operation.USE, ADVISE, CONTROLLER]
        assert grants[PHONE].redaction is Redaction.LAST4
        assert grants[EMAIL].redaction is Redaction.FULL

    def test_says_what_a_role_may_have_collected(self) -> None:
        policy = sample_policy()
        assert policy.collectable(VISITOR, ADVISE) == {"full_name", "email", "phone"}
        assert policy.collectable(ADVISER, ADVISE) == frozenset()

    def test_has_nothing_collected_straight_for_somebody_else(self) -> None:
        permit = '[[permit]]\nroles = ["abuse"]\noperations = ["collect"]\npurposes = ["advise"]\nfields = ["email"]\nrecipients = ["court"]\n\n'
        policy = policy_of(compile_edition(edited("[[controller]]", permit + "[[controller]]"), None))
        assert policy.collectable(ABUSE, ADVISE) == frozenset()

    def test_knows_its_words_in_each_language(self) -> None:
        policy = sample_policy()
        assert policy.label("field", "email", "vi") == "Thư điện tử"
        assert policy.label("field", "email", "en") == "E-mail"
        assert policy.consent_wording(ADVISE, "en") == "I agree that the company uses this to advise me."

    def test_falls_back_to_the_authoritative_words_and_then_to_the_id(self) -> None:
        policy = sample_policy()
        assert policy.label("field", "email", "fr") == "Thư điện tử"
        assert policy.label("role", "adviser", "en") == "adviser"
        assert policy.consent_wording(PurposeId("legal_disclosure"), "vi") == ""

    @pytest.mark.clause("5.1")
    def test_carries_the_promises_that_stand_alone(self) -> None:
        policy = sample_policy()
        assert policy.controller is not None
        assert policy.controller.name == "CÔNG TY VÍ DỤ"
        assert [(one.id, one.days) for one in policy.safeguards.values()] == [("encryption_per_person", None), ("epoch_keys", 14)]
        assert policy.change is not None
        assert policy.change.notice_days == 15
        assert [(one.id, one.deadline) for one in policy.rights.values()] == [("view", "dsr.access")]
        assert {one.id: one.kind for one in policy.recipients.values()}[CONTROLLER] is RecipientKind.CONTROLLER

    def test_is_the_same_whatever_the_editor_ends_lines_with(self) -> None:
        windows = EditionSource(
            files={name: "\ufeff" + text.replace("\n", "\r\n") for name, text in FILES.items() if name != "edition.toml"} | {"edition.toml": EDITION}
        )
        assert compile_edition(windows, None).policy == sample_policy()

    def test_may_have_no_translation(self) -> None:
        alone = {"edition.toml": EDITION.replace('translations = ["en"]\n', ""), "policy.vi.md": VI}
        assert policy_of(compile_edition(EditionSource(files=alone), None)).languages == ("vi",)

    def test_merges_clauses_that_permit_the_same(self) -> None:
        twice = '[[permit]]\nroles = ["adviser"]\noperations = ["use"]\npurposes = ["advise"]\nfields = ["email"]\n\n[[controller]]'
        policy = policy_of(compile_edition(edited("[[controller]]", twice), None))
        assert policy.table[ADVISER, Operation.USE, ADVISE, CONTROLLER][EMAIL].clauses == ("3.1", "5.1")


CASES = tomllib.loads((Path(__file__).parent / "broken.toml").read_text())["case"]
ENDLESS = [
    ("policy.vi.md holds NUL", "Chính sách này", "Chính\0sách này", "source.bad_character", None),
    ("policy.vi.md holds half a character", "Chính sách này", "Chính \ud800 sách", "source.bad_character", None),
    ("a rule is nested without end", 'for = ["malware"]', "for = " + "[" * 3_000, "rule.bad_toml", "2.2"),
    ("a number has thousands of digits", "days = 14", "days = " + "9" * 3_900, "rule.bad_value", "7.1"),
    ("a key has hundreds of parts", "days = 14", "days" + ".x" * 201 + " = 1", "rule.bad_toml", "7.1"),
    ("a line is endless", "days = 14", "days = " + "9" * 5_000, "rule.bad_toml", "7.1"),
    ("a block is endless", "days = 14", "days = 14\n" + "# x\n" * 20_000, "rule.bad_toml", "7.1"),
    ("a list is endless", 'roles = ["legal"]', "roles = [" + ", ".join(f'"r{n}"' for n in range(101)) + "]", "rule.bad_value", "3.2"),
]


class TestTheTableOfBrokenEditions:
    def test_holds_what_authors_and_attackers_are_known_to_do(self) -> None:
        """An edition includes nothing and bears no date, so it cannot go in circles and cannot lie in the past: the attempt is told as a slip."""
        codes = {case["code"] for case in CASES} | {case[3] for case in ENDLESS}
        assert len(CASES) + len(ENDLESS) >= 110
        duplicates = {"structure.clause_number", "rule.twice", "words.twice", "retain.twice"}
        contradictions = {"permit.contradiction", "collection.unobtainable", "rule.none_and_more"}
        translations = {"translation.clause_missing", "translation.clause_unknown", "translation.sections", "translation.rule"}
        assert duplicates | contradictions | translations | {"retain.missing", "source.bad_character", "edition.missing"} <= codes


TWO, FIVE = ("".join(f"{section}.{number} C.\n\n" for number in range(1, many + 1)) for section, many in ((1, 2), (2, 5)))


def _without(clauses: str, first: int, last: int) -> str:
    """Return a section's clauses without some of them."""
    for number in range(first, last + 1):
        clauses = clauses.replace(f"2.{number} C.\n\n", "")
    return clauses


class TestABrokenEdition:
    @pytest.mark.parametrize("case", CASES, ids=[case["when"] for case in CASES])
    def test_is_refused_with_a_sentence_that_points_at_the_slip(self, case: Mapping[str, str]) -> None:
        compilation = compile_edition(edited(case["old"], case["new"], case.get("file", "policy.vi.md")), sample_regime())
        assert compilation.policy is None
        told = told_of(compilation, case["code"], case.get("clause"))
        assert told.severity is Severity.ERROR
        assert told.message.endswith(".")
        assert_is_told(compilation, {**FILES, case.get("file", "policy.vi.md"): FILES[case.get("file", "policy.vi.md")] + case["new"]})

    @pytest.mark.parametrize(("old", "new", "code", "clause"), [case[1:] for case in ENDLESS], ids=[case[0] for case in ENDLESS])
    def test_is_refused_however_monstrous(self, old: str, new: str, code: str, clause: str | None) -> None:
        compilation = compile_edition(edited(old, new), sample_regime())
        assert compilation.policy is None
        assert told_of(compilation, code, clause).severity is Severity.ERROR

    def test_has_no_edition_toml(self) -> None:
        compilation = compile_edition(EditionSource(files={"policy.vi.md": VI}), None)
        assert [one.code for one in compilation.diagnostics] == ["edition.missing"]

    def test_has_no_text(self) -> None:
        compilation = compile_edition(EditionSource(files={"edition.toml": EDITION}), None)
        assert [one.code for one in compilation.diagnostics] == ["edition.missing", "edition.missing"]

    def test_has_a_text_no_person_could_read(self) -> None:
        for text in (VI + "x" * LARGEST_FILE, "x" * 10_000_000):
            files = {**FILES, "policy.vi.md": text}
            compilation = compile_edition(EditionSource(files=files), None)
            assert "source.too_large" in {one.code for one in compilation.diagnostics}
            assert_is_told(compilation, files)

    @pytest.mark.parametrize(
        ("old", "new", "file"),
        [
            ('kind = "phone"', 'kind = "telephone"', "policy.vi.md"),
            ('keep = "P90D"', 'keep = "90 days"', "policy.vi.md"),
            ("max_length = 254", "max_lenght = 254", "policy.vi.md"),
            ('timezone = "Asia/Ho_Chi_Minh"', 'timezone = "Asia/Nowhere"', "edition.toml"),
            ("number = 1", "number = 0", "edition.toml"),
        ],
    )
    def test_names_the_line_of_the_key_and_not_of_its_table(self, old: str, new: str, file: str) -> None:
        source = edited(old, new, file)
        told = [one for one in compile_edition(source, None).diagnostics if one.code in {"rule.bad_value", "rule.unknown_key"}]
        assert [source.files[file].split("\n")[one.line - 1] for one in told] == [new]

    def test_names_the_line_of_the_table_where_it_lacks_a_key(self) -> None:
        compilation = compile_edition(edited('kind = "phone"\n', ""), None)
        (told,) = [one for one in compilation.diagnostics if one.code == "rule.missing_key"]
        assert VI.split("\n")[told.line - 1 : told.line + 1] == ["[[field]]", 'id = "phone"']

    @pytest.mark.parametrize(("first", "last"), [(1, 1), (2, 2), (2, 3), (4, 5), (5, 5)])
    def test_lacks_a_clause_in_its_translation_and_is_told_where_it_belongs_and_nothing_else(self, first: int, last: int) -> None:
        text, translation = (f"# T\n\n## 1. S\n\n{TWO}## 2. S\n\n{clauses}" for clauses in (FIVE, _without(FIVE, first, last)))
        original, translated = (parse_document(language, f"policy.{language}.md", one) for language, one in (("vi", text), ("en", translation)))
        report = Report()
        report.extend(one for one in translated.diagnostics if one not in numbering_of_gaps(original.document, translated))
        check_translation(original.document, translated, report)
        told = report.sorted()
        assert [(one.code, one.clause) for one in told] == [("translation.clause_missing", f"2.{number}") for number in range(first, last + 1)]
        beside = f"2.{last + 1}" if last < 5 else f"2.{first - 1}"
        assert {translation.split("\n")[one.line - 1] for one in told} == {f"{beside} C."}
        assert all(f"clause {beside}," in one.hint for one in told)

    def test_has_a_gap_in_both_texts_and_is_told_of_it_in_both(self) -> None:
        gap = FIVE.replace("2.3 C.\n\n", "")
        original, translated = (parse_document(one, f"policy.{one}.md", f"# T\n\n## 1. S\n\n{TWO}## 2. S\n\n{gap}") for one in ("vi", "en"))
        assert [(one.code, one.clause) for one in translated.diagnostics] == [("structure.clause_number", "2.4")]
        assert numbering_of_gaps(original.document, translated) == frozenset()

    def test_proposes_the_word_that_was_probably_meant(self) -> None:
        compilation = compile_edition(edited("max_length = 254", "max_lenght = 254"), None)
        assert "Did you mean 'max_length'?" in {one.hint for one in compilation.diagnostics}

    @pytest.mark.parametrize(
        ("written", "hint"),
        [
            ("lok_service", "Did you mean 'lock_service'?"),
            ("lock_servce", "Did you mean 'lock_service'?"),
            ("throttle_service", "Known here: lock_service, refuse_service."),
        ],
    )
    def test_proposes_no_word_that_is_like_it_only_in_what_all_of_them_end_in(self, written: str, hint: str) -> None:
        compilation = compile_edition(edited('id = "lock_service"', f'id = "{written}"'), None)
        assert [one.hint for one in compilation.diagnostics if one.code == "rule.bad_value"] == [hint]

    @pytest.mark.parametrize("slip", ["max_lenght = 254", "max_length = 0", "max_length = [", "max_length = 254\nkind = 3"])
    def test_is_told_of_its_slip_and_not_of_all_that_hangs_on_it(self, slip: str) -> None:
        compilation = compile_edition(edited("max_length = 254", slip), None)
        assert {one.clause for one in compilation.diagnostics} == {"1.1"}
        assert len(compilation.diagnostics) <= 2

    def test_is_told_of_once_and_in_order(self) -> None:
        compilation = compile_edition(edited('id = "phone"\nkind = "phone"', 'id = "email"\nkind = "phone"'), None)
        told = [(one.file, one.line) for one in compilation.diagnostics]
        assert told == sorted(told)
        assert len(set(compilation.diagnostics)) == len(compilation.diagnostics)

    def test_with_endless_slips_is_told_of_the_first_five_hundred(self) -> None:
        compilation = compile_edition(edited("## 2. Vi phạm\n", "## 2. Vi phạm\n" + "\nlạc\n" * 2_000), None)
        assert len(compilation.diagnostics) == 501
        assert compilation.diagnostics[-1].code == "report.too_many"

    def test_with_endless_permits_is_refused(self) -> None:
        purposes = [f"p{n}" for n in range(90)]
        wide = "".join(f'[[purpose]]\nid = "{one}"\nbasis = "contract"\narticle = "x"\n' for one in purposes)
        listed = ", ".join(f'"{one}"' for one in purposes)
        permit = f'[[permit]]\nroles = {sorted(ROLES)}\noperations = ["use", "find"]\npurposes = [{listed}]\nfields = ["email", "phone"]\n'
        compilation = compile_edition(edited("[[controller]]", wide + permit * 16 + "[[controller]]"), None)
        assert "permit.too_wide" in {one.code for one in compilation.diagnostics}

    def test_with_endless_tables_is_refused(self) -> None:
        many = "".join(f'[[violation]]\nid = "v{n}"\nref = "a"\n' for n in range(301))
        assert "rule.too_many" in {one.code for one in compile_edition(edited("[[violation]]", many + "[[violation]]"), None).diagnostics}

    @pytest.mark.parametrize(
        ("old", "new", "code"),
        [
            ('keep = "P90D"', 'keep = "90 ngày"', "rule.bad_value"),
            ('after = "inquiry.closed"\nkeep = "P90D"', 'after = "inquiry.done"\nkeep = "P90D"', "rule.bad_value"),
            ('keep = "P90D"\nthen = "erase"', 'keep = "P90D"\nthen = "forget"', "rule.bad_value"),
        ],
    )
    def test_with_a_period_that_cannot_be_read_is_told_of_that_alone(self, old: str, new: str, code: str) -> None:
        """That nothing says how long would be told five times, above the one slip that there is."""
        compilation = compile_edition(edited(old, new), sample_regime())
        assert compilation.policy is None
        assert [one.code for one in compilation.diagnostics if one.severity is Severity.ERROR] == [code]


IDLE = """\
[[purpose]]
id = "dream"
basis = "contract"
article = "x"

[[recipient]]
id = "press"
kind = "processor"

[[controller]]"""
IDLE_WORDS = """

```words
purpose.dream.label = "Dreams"
recipient.press.label = "The press"
```
"""
PART = """\
[[permit]]
roles = ["abuse"]
operations = ["collect"]
purposes = ["advise"]
fields = ["email"]

[[controller]]"""
ODD = [
    (
        "a collection has no label, which pages and letters print",
        '[collection.contact]\nlabel = "Cách liên hệ"\n',
        "",
        "words.missing",
        None,
    ),
    ("a permit that is forbidden altogether", 'operations = ["use", "store"]', 'operations = ["use"]', "permit.swallowed", "3.2"),
    ("a disclosure to oneself", 'operations = ["erase"]', 'operations = ["disclose"]', "permit.disclosed_to_self", "4.1"),
    ("a form that can never be filled in", "[[controller]]", PART, "collection.stuck", "1.1"),
    ("words for nothing", "[role.adviser]", "[role.advisor]", "words.unused", None),
]


class TestAnOddEdition:
    @pytest.mark.parametrize(("old", "new", "code", "clause"), [case[1:] for case in ODD], ids=[case[0] for case in ODD])
    def test_is_compiled_with_a_warning(self, old: str, new: str, code: str, clause: str | None) -> None:
        compilation = compile_edition(edited(old, new), None)
        assert compilation.policy is not None
        assert told_of(compilation, code, clause).severity is Severity.WARNING

    def test_is_told_only_of_the_clause_that_swallows_a_permit(self) -> None:
        elsewhere = '[[forbid]]\nroles = ["auditor"]\noperations = ["use"]\npurposes = ["*"]\nfields = ["phone"]\nrecipients = ["*"]\n\n'
        files = {**FILES, "policy.vi.md": VI.replace('["use", "store"]', '["use"]').replace("[[controller]]", elsewhere + "[[controller]]")}
        told = told_of(compile_edition(EditionSource(files=files), None), "permit.swallowed", "3.2")
        assert told.message == "Everything this permits is forbidden by clause 6.2."

    def test_may_declare_what_it_does_not_use(self) -> None:
        files = {**FILES, "policy.vi.md": VI.replace("[[controller]]", IDLE) + IDLE_WORDS, "policy.en.md": FILES["policy.en.md"] + IDLE_WORDS}
        compilation = compile_edition(EditionSource(files=files), None)
        assert compilation.policy is not None
        assert [one.code for one in compilation.diagnostics] == ["purpose.unused", "recipient.unused"]

    def test_may_have_a_stray_file(self) -> None:
        compilation = compile_edition(EditionSource(files={**FILES, "notes.txt": "x"}), None)
        assert [(one.severity, one.code, one.file) for one in compilation.diagnostics] == [(Severity.WARNING, "edition.stray_file", "notes.txt")]
