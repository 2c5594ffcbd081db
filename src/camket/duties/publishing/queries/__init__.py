"""Editions as the doors show them, and editions as they lie on the disk."""

from camket.duties.publishing.queries.editions import (
    ClauseHtml,
    EditionLine,
    PolicyPage,
    SectionHtml,
    authoritative_text,
    check_edition,
    compiled,
    compiled_json,
    edition_in_force,
    edition_line,
    edition_lines,
    edition_to_come,
    policy_page,
    public_key,
)
from camket.duties.publishing.queries.figures import (
    FEWEST_TOLD,
    CheckpointLine,
    HouseFigures,
    checkpoint_file,
    checkpoint_files,
    checkpoint_lines,
    forget_figures,
    house_figures,
)
from camket.duties.publishing.queries.source import SourceMissing, editions_in, read_edition, read_regime
from camket.editions.queries import EditionTampered, NoEdition
from camket.policy.terms import EditionNumber

__all__ = [
    "FEWEST_TOLD",
    "CheckpointLine",
    "ClauseHtml",
    "EditionLine",
    "EditionNumber",
    "EditionTampered",
    "HouseFigures",
    "NoEdition",
    "PolicyPage",
    "SectionHtml",
    "SourceMissing",
    "authoritative_text",
    "check_edition",
    "checkpoint_file",
    "checkpoint_files",
    "checkpoint_lines",
    "compiled",
    "compiled_json",
    "edition_in_force",
    "edition_line",
    "edition_lines",
    "edition_to_come",
    "editions_in",
    "forget_figures",
    "house_figures",
    "policy_page",
    "public_key",
    "read_edition",
    "read_regime",
]
