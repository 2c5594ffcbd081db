"""An edition on paper: every clause of it, every Vietnamese letter, and what proves it."""

import base64
import json
import re
import zlib
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings as configured

from camket.duties.intake import actions as intake
from camket.duties.publishing import actions as publishing
from camket.duties.publishing import queries as editions
from camket.duties.publishing.queries import printed
from camket.policy.compiler import Compilation
from camket.policy.document import Clause, Document, Section
from camket.policy.terms import VISITOR, Actor, ClauseNumber, EditionNumber
from tests.cast import AN
from tests.duties.publishing.conftest import OFFICER, Publish
from tests.duties.publishing.test_coming_into_force import next_edition

FOLDER = Path(configured.CAMKET_POLICY) / "edition-1"


@pytest.fixture
def published(publish: Publish, draft: Path) -> None:
    """Publish edition 1."""
    printed._remembered.cache_clear()
    publish(draft)


@pytest.fixture(scope="module")
def compilation() -> Compilation:
    """Edition 1 as it lies in its folder."""
    return editions.check_edition(path=FOLDER, regime_file=Path(configured.CAMKET_REGIME_FILE))


def parts(document: Document, compilation: Compilation, proof: printed._Proof | None = None) -> list[dict[str, str]]:
    """What is handed to the program that draws."""
    assert compilation.policy is not None
    return list(printed._text(document, compilation.policy, printed.WORDS["vi"], proof))


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", pdf))


@pytest.mark.django_db
@pytest.mark.clause("8.1")
class TestAPublishedEdition:
    def test_is_drawn_in_each_language_and_the_same_each_time(self, published: None) -> None:
        one = EditionNumber(1)
        drawn = {language: editions.edition_pdf(one, language) for language in ("vi", "en")}
        assert all(pdf.startswith(b"%PDF-1.") and pages(pdf) > 4 for pdf in drawn.values())
        assert drawn["vi"] != drawn["en"]
        printed._remembered.cache_clear()
        assert editions.edition_pdf(one, "vi") == drawn["vi"]

    def test_carries_its_own_letters(self, published: None) -> None:
        pdf = editions.edition_pdf(EditionNumber(1), "vi")
        assert b"BeVietnamPro" in pdf
        assert b"/FontFile2" in pdf  # embedded: it looks the same where nobody has the font

    def test_that_is_none_is_not_drawn(self, published: None) -> None:
        with pytest.raises(editions.NoEdition):
            editions.edition_pdf(EditionNumber(9), "vi")

    def test_cannot_be_drawn_without_the_program(self, published: None, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(printed, "_DRAWN_BY", Path("/nowhere/paper.py"))
        with pytest.raises(editions.NotDrawn):
            editions.edition_pdf(EditionNumber(1), "vi")


@pytest.mark.django_db
@pytest.mark.clause("8.1", "8.3")
class TestTheHeadOfAnEdition:
    """What a print says of how its edition stands; there are four of them, published on 23 November 2026."""

    @pytest.fixture
    def heads(self, published: None, draft: Path, publish: Publish, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[str]]:
        echo = draft.parent / "echo.py"
        echo.write_text("import sys\nsys.stdout.buffer.write(sys.stdin.buffer.read())\n")
        monkeypatch.setattr(printed, "_DRAWN_BY", echo)
        publish(next_edition(draft, 2))
        values = AN.values("full_name", "email", "message")
        submission = intake.Submission(channel="form", language="vi", key=b"k" * 32)
        intake.receive_inquiry(submission=submission, values=values, consents=("advise",), actor=Actor(role=VISITOR), now=now)
        for number in (3, 4):
            publish(next_edition(draft, number))
        return lambda language: [self.head(EditionNumber(number), language) for number in (1, 2, 3, 4)]

    def head(self, number: EditionNumber, language: str) -> str:
        return str(json.loads(editions.edition_pdf(number, language))["parts"][1]["markup"])

    def test_says_from_when_until_when_and_when_it_was_published(self, heads: Callable[[str], list[str]]) -> None:
        assert heads("vi") == [
            "Phiên bản 1 · công bố ngày 23/11/2026 · có hiệu lực từ 23/11/2026 đến 23/11/2026, nay không còn hiệu lực",
            "Phiên bản 2 · công bố ngày 23/11/2026 · có hiệu lực từ 23/11/2026",
            "Phiên bản 3 · công bố ngày 23/11/2026 · chưa có hiệu lực, sẽ có hiệu lực từ 09/12/2026",
            "Phiên bản 4 · công bố ngày 23/11/2026 · chưa có hiệu lực, sẽ có hiệu lực từ 09/12/2026",
        ]
        told = [head.removesuffix(" · The original text is in another language; this is a translation.") for head in heads("en")]
        assert told == [
            "Edition 1 · published on 2026-11-23 · in force from 2026-11-23 until 2026-11-23, and no longer",
            "Edition 2 · published on 2026-11-23 · in force since 2026-11-23",
            "Edition 3 · published on 2026-11-23 · not in force yet, will be in force from 2026-12-09",
            "Edition 4 · published on 2026-11-23 · not in force yet, will be in force from 2026-12-09",
        ]

    def test_is_another_once_a_later_edition_has_taken_its_place(self, heads: Callable[[str], list[str]], now: datetime) -> None:
        heads("vi")
        publishing.enact_due(actor=OFFICER, now=now + timedelta(days=20))
        one, two, three, four = heads("vi")
        assert one.endswith("đến 23/11/2026, nay không còn hiệu lực"), "by the one that took its place, and not by the newest"
        assert two.endswith("có hiệu lực từ 23/11/2026 đến 13/12/2026, nay không còn hiệu lực")
        assert three.endswith("nay không còn hiệu lực")
        assert four.endswith("có hiệu lực từ 13/12/2026")


class TestWhatStandsOnPaper:
    def test_is_every_clause_once_with_its_number(self, compilation: Compilation) -> None:
        document = compilation.documents["vi"]
        marks = [part["mark"] for part in parts(document, compilation) if part["kind"] == "clause" and part["mark"]]
        assert marks == [clause.number for clause in document.clauses]

    def test_is_the_text_and_no_markup_of_its_author(self, compilation: Compilation) -> None:
        hostile = "Nếu a < b & c > d, **xin** *đọc* `mã` <b>không</b> [ở đây](https://example.com).\n\n1. một\n2. hai\n\n- a) ba"
        clause = Clause(number=ClauseNumber("1.1"), paragraphs_markdown=hostile, line=1)
        document = Document(language="vi", title="R&D <b>", preamble="", sections=(Section(number=1, title="&", clauses=(clause,)),))
        told = parts(document, compilation)
        assert told[0]["markup"] == "R&amp;D &lt;b&gt;"
        (first,) = [part for part in told if part["kind"] == "clause"]
        assert first["markup"] == "Nếu a &lt; b &amp; c &gt; d, <b>xin</b> <i>đọc</i> mã &lt;b&gt;không&lt;/b&gt; ở đây."
        assert [(part["mark"], part["markup"]) for part in told if part["kind"] == "item"] == [("1.", "một"), ("2.", "hai"), ("a)", "ba")]
        assert compilation.policy is not None
        assert editions.draft_pdf(document, compilation.policy).startswith(b"%PDF")

    def test_says_of_a_draft_that_it_is_one(self, compilation: Compilation) -> None:
        assert "bản thảo" in parts(compilation.documents["vi"], compilation)[1]["markup"]

    def test_has_a_shape_for_every_vietnamese_letter(self, compilation: Compilation) -> None:
        letters = "ăâđêôơưĂÂĐÊÔƠƯáàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ“”·–"
        clause = Clause(number=ClauseNumber("1.1"), paragraphs_markdown=letters, line=1)
        document = Document(language="vi", title="x", preamble="", sections=(Section(number=1, title="x", clauses=(clause,)),))
        assert compilation.policy is not None
        told = unpacked(editions.draft_pdf(document, compilation.policy)).upper()
        missing = [letter for letter in letters if b"<" + letter.encode("utf-16-be").hex().upper().encode() + b">" not in told]
        assert missing == []


def unpacked(pdf: bytes) -> bytes:
    """Return every stream of a file, opened: among them the tables by which a reader copies letters out."""
    found = b""
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        for packed in (stream, ascii85(stream)):
            try:
                found += zlib.decompress(packed)
            except zlib.error:
                continue
    return found


def ascii85(stream: bytes) -> bytes:
    try:
        return base64.a85decode(stream.strip().removesuffix(b"~>"))
    except ValueError:
        return b""
