"""What a clause comes to: the same however it is worded or written down, another as soon as a rule does something else."""

import pytest

from camket.policy.compiler import compile_edition
from camket.policy.meaning import meanings
from camket.policy.source import EditionSource
from camket.policy.terms import ClauseNumber
from tests.policy.sample import FILES, edited, policy_of


def told(old: str = "", new: str = "") -> dict[ClauseNumber, str]:
    """The fingerprints of the sample edition with one text replaced."""
    found = compile_edition(edited(old, new), None)
    return dict(meanings(policy_of(found), found.documents["vi"]))


def changed(old: str, new: str) -> set[str]:
    before, after = told(), told(old, new)
    return {str(number) for number in before.keys() | after.keys() if before.get(number) != after.get(number)}


class TestTheFingerprintOfAClause:
    def test_is_there_for_each_clause_and_each_has_its_own(self) -> None:
        found = told()
        assert len(found) == 13
        assert len(set(found.values())) == len(found)

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("1.1 Chúng tôi xin họ tên", "1.1 Xin quý khách cho biết họ tên"),
            ("# Chính sách mẫu", "# Bản mới"),
            ('label = "Họ và tên"', 'label = "Quý danh"'),
            ('consent = "Tôi đồng ý', 'consent = "Vâng, tôi đồng ý'),
            ("3.3 Công ty tự giữ", "3.3  Công ty   tự giữ"),
        ],
    )
    def test_stays_where_only_words_changed(self, old: str, new: str) -> None:
        assert changed(old, new) == set()

    def test_stays_where_rules_stand_in_another_order_or_are_joined_otherwise(self) -> None:
        first, second = '[[safeguard]]\nid = "encryption_per_person"\n', '[[safeguard]]\nid = "epoch_keys"\ndays = 14\n'
        assert changed(first + second, second + first) == set()
        whole = 'operations = ["collect"]\npurposes = ["advise"]\nfields = ["full_name", "email", "phone"]'
        shared = 'operations = ["collect"]\npurposes = ["advise"]\nfields = '
        one = f'{shared}["full_name", "email"]\n\n[[permit]]\nroles = ["subject", "visitor"]\n{shared}["phone", "email"]'
        assert changed(whole, one) == set()

    def test_stays_where_what_is_all_of_a_kind_has_become_more(self) -> None:
        worded = '\n```words\n[field.note]\nlabel = "Note"\nwhy = "to remember it"\n```\n'
        field = '[[field]]\nid = "note"\nkind = "text"\nmax_length = 10\n\n[[field]]\nid = "full_name"'
        files = {**FILES, **{name: FILES[name] + worded for name in ("policy.vi.md", "policy.en.md")}}
        text = (
            files["policy.vi.md"].replace('[[field]]\nid = "full_name"', field, 1).replace('fields = ["full_name",', 'fields = ["full_name", "note",')
        )
        found = compile_edition(EditionSource(files={**files, "policy.vi.md": text}), None)
        after = meanings(policy_of(found), found.documents["vi"])
        assert {number for number, one in told().items() if after[number] != one} == {"1.1", "3.1", "3.2", "4.1"}

    @pytest.mark.parametrize(
        ("old", "new", "clause"),
        [
            ('keep = "P90D"', 'keep = "P91D"', "4.1"),
            ('redact = "last4"', 'redact = "masked"', "3.1"),
            ('fields = ["full_name", "phone"]\nrecipients', 'fields = ["full_name"]\nrecipients', "3.2"),
            ('ref = "c"', 'ref = "d"', "2.1"),
            ("notice_days = 15", "notice_days = 16", "8.1"),
            ('name = "CÔNG TY VÍ DỤ"', 'name = "CÔNG TY KHÁC"', "5.1"),
            ('operations = ["use", "find", "disclose"]', 'operations = ["use", "disclose"]', "6.2"),
        ],
    )
    def test_is_another_where_a_rule_does_something_else(self, old: str, new: str, clause: str) -> None:
        assert changed(old, new) == {clause}

    def test_of_a_clause_without_a_rule_is_that_of_its_words(self) -> None:
        assert changed("3.3 Công ty tự giữ các thông tin.", "3.3 Công ty giao các thông tin cho người khác.") == {"3.3"}
