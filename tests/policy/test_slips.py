"""A slip in one table of the rules: told of where it is, without what follows from it elsewhere."""

import pytest

from camket.policy.compiler import compile_edition
from camket.policy.source import EditionSource
from tests.policy.sample import FILES, edited, sample_regime


def slipped(pairs: list[tuple[str, str]]) -> EditionSource:
    """Return the sample edition with the first of each `old` replaced."""
    files = FILES
    for old, new in pairs:
        assert old in files["policy.vi.md"], old
        files = {**files, "policy.vi.md": files["policy.vi.md"].replace(old, new, 1)}
    return EditionSource(files=files)


class TestASlip:
    """What stands in the wrong place is told of first, and what merely follows from it is not told at all."""

    @pytest.mark.parametrize(
        ("pairs", "told"),
        [
            # a list under the heading above its own
            (
                [
                    ('fields = ["full_name", "email", "phone"]\npurposes', "purposes"),
                    ('basis = "consent"\n', 'basis = "consent"\nfields = ["full_name", "email", "phone"]\n'),
                ],
                [("rule.unknown_key", 35), ("rule.missing_key", 37)],
            ),
            # a whole table under another's heading
            ([("[[collection]]", "[[field]]")], [("rule.misplaced", 36)]),
            ([("[[retain]]\npurposes", "[[permit]]\npurposes")], [("rule.misplaced", 159)]),
            ([('[[permit]]\nroles = ["visitor", "subject"]', '[[safeguard]]\nroles = ["visitor", "subject"]')], [("rule.misplaced", 43)]),
            # a heading that is none
            ([("[[collection]]", "[collection]")], [("rule.not_a_list", 16)]),
            ([("[[collection]]", "[[collections]]")], [("rule.unknown_table", 16)]),
            # a list above every heading
            ([('```rule\n[[field]]\nid = "full_name"', '```rule\npurposes = ["advise"]\n[[field]]\nid = "full_name"')], [("rule.no_heading", 16)]),
            # what is no list
            ([('purposes = ["advise", "legal_disclosure"]', 'purposes = "advise"')], [("rule.bad_value", 39)]),
            ([('id = "email"', 'id = ["email"]')], [("rule.bad_value", 23)]),
            ([('roles = ["visitor", "subject"]', 'roles = "visitor"')], [("rule.bad_value", 44)]),
        ],
    )
    def test_is_not_buried_under_what_follows_from_it(self, pairs: list[tuple[str, str]], told: list[tuple[str, int]]) -> None:
        found = compile_edition(slipped(pairs), sample_regime()).diagnostics
        assert [(one.code, one.line) for one in found] == told, [(one.code, one.line, one.message) for one in found]

    def test_hides_no_slip_that_does_not_follow_from_it(self) -> None:
        pairs = [("[[collection]]", "[[field]]"), ('recipients = ["court"]', 'recipients = ["count"]')]
        found = compile_edition(slipped(pairs), sample_regime()).diagnostics
        assert {one.code for one in found} == {"rule.misplaced", "rule.undeclared", "recipient.unused"}

    def test_is_told_with_the_heading_that_was_meant(self) -> None:
        (found,) = compile_edition(edited("[[collection]]", "[[field]]"), sample_regime()).diagnostics
        assert found.message == "What stands under [[field]] are the keys of [[collection]]."
