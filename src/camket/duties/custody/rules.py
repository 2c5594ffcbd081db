"""What a check of the house's health says."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from camket.policy.document import Document

CLOCKS_MAY_DIFFER_BY = timedelta(minutes=1)

# Templates of sentences: `words` of a finding, translated where they are shown (web/console/desks/operations.py).
AGREE = "this machine, the databases and the journal agree"
BEHIND = "this machine's clock is %(span)s behind the newest thing the system has done"
BEHIND_HINT = "set the clock, or whatever is due waits that long; if the clock is right now, it was ahead before: check what was erased meanwhile"
AHEAD = "the clock of database %(name)s is %(span)s ahead of this machine's"
AFTER = "the clock of database %(name)s is %(span)s behind this machine's"
APART_HINT = "let both machines set their clocks by the network (NTP)"

# a promise that no rule carries is known by its words alone
_ON_MAIL_SERVERS = re.compile(r"(?=.*\b(?:e-?mail|mail|thư)\b)(?=.*\b(?:servers?|máy chủ)\b).*\b(?:Vietnam|Viet Nam|Việt Nam)\b", re.IGNORECASE)

# PostgreSQL tells why it lets nobody in by words alone, and without a code: in English, but where its operator chose another language
_SHUT = re.compile(r"authentication failed|no password supplied|no pg_hba\.conf entry|role \"[^\"]*\" (?:does not exist|is not permitted)")
_NAMELESS = re.compile(r"database \"[^\"]*\" does not exist")
_CROWDED = re.compile(r"too many (?:clients|connections)|connection slots are reserved")
_MISWRITTEN = re.compile(r"invalid (?:connection option|\w+ value)|does not support SSL|certificate")

Level = Literal["ok", "warning", "error"]
Refusal = Literal["shut", "nameless", "crowded", "miswritten", "away"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at: how it stands, in a sentence, and what would mend it."""

    topic: str
    level: Level
    sentence: str
    hint: str = ""
    words: tuple[str, str] = ("", "")  # sentence and hint as they are written before the facts stand in them: what a screen translates
    facts: Mapping[str, str | int] = field(default_factory=dict)

    def as_said(self) -> Mapping[str, str]:
        """Return what `camket doctor` prints of it."""
        return {"topic": self.topic, "level": self.level, "sentence": self.sentence, "hint": self.hint}


def found(topic: str, level: Level, sentence: str, hint: str = "", /, **facts: str | int) -> Finding:
    """
    Return a finding whose sentences can still be translated.

    Args:
        topic: What was looked at.
        level: How it stands.
        sentence: With `%(name)s` or `%(name)d` where a fact belongs.
        hint: What would mend it, written alike; nothing where there is nothing to mend.
        facts: What stands in the sentences.
    """
    return Finding(topic=topic, level=level, sentence=sentence % facts, hint=hint % facts, words=(sentence, hint), facts=facts)


def is_healthy(findings: list[Finding]) -> bool:
    """Return whether nothing looked at is an error; warnings do not stop the house."""
    return all(finding.level != "error" for finding in findings)


def judge_clocks(*, now: datetime, databases: Mapping[str, datetime], newest: datetime | None) -> Finding:
    """
    Return how this machine's clock stands beside the databases' and beside what was done last.

    Args:
        now: UTC instant by this machine's clock.
        databases: UTC instant by each database's clock, by its name.
        newest: UTC instant of the newest act or sign of life that the house knows of; None where there is none.

    Source: house.md §9.10 (every period is counted by this clock).
    """
    if newest is not None and newest - now > CLOCKS_MAY_DIFFER_BY:
        return found("clocks", "error", BEHIND, BEHIND_HINT, span=_span(newest - now))
    apart = {name: at - now for name, at in databases.items() if abs(at - now) > CLOCKS_MAY_DIFFER_BY}
    for name, span in apart.items():
        return found("clocks", "warning", AHEAD if span > timedelta() else AFTER, APART_HINT, name=name, span=_span(abs(span)))
    return found("clocks", "ok", AGREE)


def why_refused(words: str) -> Refusal:
    """
    Return why a database could not be opened: it lets this user not in, there is none of this name, others hold every connection, what was asked of
    the connection cannot be had, or nobody answers.

    Args:
        words: What its server, or whoever looked for it, said.
    """
    if _SHUT.search(words):
        return "shut"
    if _NAMELESS.search(words):
        return "nameless"
    if _CROWDED.search(words):
        return "crowded"
    return "miswritten" if _MISWRITTEN.search(words) else "away"


def clause_on_mail_servers(document: Document) -> str:
    """
    Return the number of the first clause that says in one sentence, in Vietnamese or in English, that mail servers stand in Vietnam; else nothing.

    Args:
        document: An edition's text in the language that binds.

    Source: policy §12 (12.4).
    """
    for clause in document.clauses:
        sentences = re.split(r"(?<=[.!?])\s", " ".join(clause.paragraphs_markdown.split()))
        if any(_ON_MAIL_SERVERS.match(one) for one in sentences):
            return clause.number
    return ""


def _span(span: timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 60 // 24} days"
