"""
Draws an edition on paper: reads its parts as JSON from standard input and writes a PDF to standard output.

It runs as a program of its own, so that no process which serves people carries a library for pictures and paper.
"""

import json
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import fontpkg_be_vietnam_pro
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import BaseDocTemplate, CondPageBreak, Frame, PageTemplate, Paragraph

_INK, _SOFT, _LINE, _SEAL = HexColor("#1a1f29"), HexColor("#505866"), HexColor("#dfdbd0"), HexColor("#b3261e")
_LEFT, _RIGHT, _TOP, _BOTTOM = 26 * mm, 24 * mm, 24 * mm, 24 * mm
_NUMBER = 13 * mm  # what a clause's number takes at its left
_FACES = {"normal": "Regular", "bold": "SemiBold", "italic": "Italic", "boldItalic": "SemiBoldItalic"}
_BODY = ParagraphStyle(
    "body",
    fontName="Camket",
    fontSize=10,
    leading=15.5,
    textColor=_INK,
    leftIndent=_NUMBER,
    spaceAfter=5,
    bulletFontName="Camket",
    bulletFontSize=9,
    bulletColor=_SOFT,
)
_STYLES = {
    "clause": _BODY,
    "plain": ParagraphStyle("plain", parent=_BODY, leftIndent=0, spaceAfter=7),
    "item": ParagraphStyle("item", parent=_BODY, leftIndent=_NUMBER + 5 * mm, bulletIndent=_NUMBER, spaceAfter=3),
    "title": ParagraphStyle("title", parent=_BODY, fontName="Camket-bold", fontSize=23, leading=30, leftIndent=0, spaceAfter=4),
    "edition": ParagraphStyle("edition", parent=_BODY, leftIndent=0, textColor=_SOFT, spaceAfter=16),
    "section": ParagraphStyle("section", parent=_BODY, fontName="Camket-bold", fontSize=14, leading=20, leftIndent=0, spaceBefore=16, spaceAfter=8),
    "fact": ParagraphStyle("fact", parent=_BODY, fontSize=8.5, leading=13, leftIndent=0, spaceAfter=6),
}


def _faces() -> None:
    folder = Path(fontpkg_be_vietnam_pro.__file__).parent / "files"
    for face, name in _FACES.items():
        pdfmetrics.registerFont(TTFont("Camket" if face == "normal" else f"Camket-{face}", str(folder / f"BeVietnamPro-{name}.ttf")))
    pdfmetrics.registerFontFamily("Camket", **{face: "Camket" if face == "normal" else f"Camket-{face}" for face in _FACES})


def _flowing(parts: list[dict[str, str]]) -> list[Any]:
    """Each part as it flows over the pages; a heading stays with what follows it."""
    flowing: list[Any] = []
    for part in parts:
        if part["kind"] == "section":
            flowing.append(CondPageBreak(34 * mm))
        mark = part.get("mark", "")
        flowing.append(Paragraph(part["markup"], _STYLES[part["kind"]], bulletText=mark or None))
    return flowing


def _draw(given: dict[str, Any]) -> bytes:
    _faces()
    made = BytesIO()

    def frame(canvas: Any, document: Any) -> None:
        width, _ = A4
        canvas.saveState()
        canvas.setStrokeColor(_LINE)
        canvas.line(_LEFT, _BOTTOM - 5 * mm, width - _RIGHT, _BOTTOM - 5 * mm)
        canvas.setFillColor(_SEAL)
        canvas.circle(_LEFT + 1.2 * mm, _BOTTOM - 10 * mm, 1.2 * mm, stroke=0, fill=1)
        canvas.setFont("Camket", 8)
        canvas.setFillColor(_SOFT)
        canvas.drawString(_LEFT + 4.5 * mm, _BOTTOM - 11 * mm, given["foot"])
        canvas.drawRightString(width - _RIGHT, _BOTTOM - 11 * mm, str(document.page))
        canvas.restoreState()

    # invariant: the same edition is the same file, whenever it is drawn
    paper = BaseDocTemplate(made, pagesize=A4, title=given["title"], author=given["author"], lang=given["language"], invariant=1)
    width, height = A4
    area = Frame(_LEFT, _BOTTOM, width - _LEFT - _RIGHT, height - _TOP - _BOTTOM, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0)
    paper.addPageTemplates([PageTemplate(frames=[area], onPage=frame)])
    paper.build(_flowing(given["parts"]))
    return made.getvalue()


if __name__ == "__main__":
    sys.stdout.buffer.write(_draw(json.load(sys.stdin)))
