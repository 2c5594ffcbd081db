"""Editions as the doors show them, and editions as they lie on the disk."""

from camket.duties.publishing.queries.editions import (
    ClauseHtml,
    EditionLine,
    PolicyPage,
    SectionHtml,
    check_edition,
    compiled,
    compiled_json,
    edition_in_force,
    edition_line,
    edition_lines,
    is_signature_valid,
    policy_page,
)
from camket.duties.publishing.queries.source import SourceMissing, editions_in, read_edition, read_regime
from camket.editions.queries import NoEdition
from camket.policy.terms import EditionNumber

__all__ = [
    "ClauseHtml",
    "EditionLine",
    "EditionNumber",
    "NoEdition",
    "PolicyPage",
    "SectionHtml",
    "SourceMissing",
    "check_edition",
    "compiled",
    "compiled_json",
    "edition_in_force",
    "edition_line",
    "edition_lines",
    "editions_in",
    "is_signature_valid",
    "policy_page",
    "read_edition",
    "read_regime",
]
