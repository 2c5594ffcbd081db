"""Vietnamese in a real browser: no mark is cut off at any size or line height in use, and no word comes out in two fonts."""

import re
import unicodedata

import pytest
from playwright.sync_api import Browser, Page

from tests.web.kit.test_design import declared
from tests.web.kit.test_look import STATIC

pytestmark = pytest.mark.whatever_database

STACKED = "ỘỄỮẶẪỔỂẤỰợệậgjqÝ"
SENTENCE = "Cam kết giữ kín thông tin, xử lý đúng hẹn: Ộ Ễ Ữ Ặ Ẫ, ở đâu cũng đọc được, kiểm chứng được."
SIZES = ("display", "top", "head", "title", "lead", "sub", "text", "small", "tiny", "figure")
HEIGHTS = ("snug", "calm", "tall")
MAY_CUT = {
    ".sheet .lines": "a copy of a text under the field that it is typed in: it shows numbers and colours, and no ink of its own",
    ".unseen": "it is not to be seen at all",
    ".qr": "it holds a square code, and no letter",
    ".hero": "its drawing may reach out sideways; its padding is higher than any ink",
    ".row-excerpt": "two lines of a message at the line height of running text, which holds its own ink",
}
# the ink of a text on a canvas of the page's own font, against the line box that the stylesheet gives it
MEASURE = """([text, size, height]) => {
  const line = document.createElement("p");
  line.textContent = text;
  line.className = "probe";
  document.body.append(line);
  line.style.fontSize = `var(--${size})`;
  line.style.lineHeight = `var(--${height})`;
  const style = getComputedStyle(line), pen = document.createElement("canvas").getContext("2d");
  pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  const ink = pen.measureText(text), box = parseFloat(style.lineHeight);
  const middle = (ink.fontBoundingBoxAscent - ink.fontBoundingBoxDescent) / 2;
  const above = ink.actualBoundingBoxAscent - middle, below = ink.actualBoundingBoxDescent + middle;
  line.remove();
  return {above: box / 2 - above, below: box / 2 - below};
}"""

# how far, in widths of an m, the ink of a letter reaches out beyond that of the same letter without its tone
REACH = """([selector, pairs]) => {
  const style = getComputedStyle(document.querySelector(selector)), pen = document.createElement("canvas").getContext("2d");
  pen.font = `${style.fontWeight} 64px ${style.fontFamily}`;
  const end = (letter) => pen.measureText(letter).actualBoundingBoxRight;
  return pairs.map(([letter, toneless]) => (end(letter) - end(toneless)) / 64);
}"""
TONELESS = "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY"
TONES = "\u0300\u0301\u0303\u0309\u0323"
WRITTEN = {
    "textarea.written": "the texts of a first draft",
    ".sheet textarea": "a draft of the policy, and a translation",
    ".sheet .lines": "its copy, which carries the numbers of its lines",
    ".stored pre": "what a colleague saved meanwhile",
    ".apart p": "where that differs from what somebody else wrote",
    ".letter-text": "a letter before it goes out",
}
IN_FIXED_WIDTH = {
    "code, kbd, .reference, .code": "commands, keys, names of files and fingerprints",
    ".code-input.code-input": "digits and letters of a code",
    ".finding-file": "the name of a file",
    ".one-time .joined input": "an address of ours",
}
DESK = """<textarea class="written"></textarea><div class="sheet"><div class="lines"></div><textarea></textarea></div>
<div class="stored"><pre></pre><div class="apart"><p></p></div></div>
<pre class="letter-text"></pre><p id="lacking" style="font-family: 'DejaVu Sans Mono'"></p>"""


@pytest.fixture
def page(browser: Browser) -> Page:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_content(f"<!doctype html><html lang=vi><style>{(STATIC / 'camket.css').read_text('utf-8')}</style><body class=site></body></html>")
    return page


class TestALineOfVietnamese:
    @pytest.mark.parametrize("height", HEIGHTS)
    @pytest.mark.parametrize("size", SIZES)
    def test_never_touches_the_next_however_their_letters_are_stacked(self, page: Page, size: str, height: str) -> None:
        assert {size, height} <= set(declared()["light"])
        room = page.evaluate(MEASURE, [STACKED, size, height])
        # half a pixel is lost where a line's place is rounded
        assert room["above"] + room["below"] > -0.5, room
        page.close()

    def test_that_is_too_close_is_noticed(self, page: Page) -> None:
        page.evaluate("() => document.documentElement.style.setProperty('--snug', '0.8')")
        room = page.evaluate(MEASURE, [STACKED, "display", "snug"])
        assert room["above"] + room["below"] < -0.5
        page.close()

    def test_is_cut_off_by_no_box(self) -> None:
        """Ink may stand above its own line: so nothing that holds text hides what reaches out of it, but for the reasons given."""
        cutting = set()
        for sheet in STATIC.glob("*.css"):
            for selector, rules in re.findall(r"([^{}]+)\{([^{}]*)\}", re.sub(r"/\*.*?\*/", "", sheet.read_text("utf-8"))):
                if re.search(r"overflow(?:-y)?:\s*(?:hidden|clip)", rules):
                    cutting.add(selector.strip().removesuffix("\n"))
        assert cutting <= set(MAY_CUT), cutting


class TestAVietnameseSentence:
    def fonts(self, page: Page, family: str) -> list[str]:
        page.evaluate("([text, family]) => { document.body.innerHTML = `<h1 id=x style='font-family:${family}'>${text}</h1>`; }", [SENTENCE, family])
        # a text has fonts once it was laid out and painted, not before
        page.evaluate("() => document.fonts.ready.then(() => new Promise(after => requestAnimationFrame(() => requestAnimationFrame(after))))")
        session = page.context.new_cdp_session(page)
        session.send("DOM.enable")
        session.send("CSS.enable")
        root = session.send("DOM.getDocument")["root"]["nodeId"]
        node = session.send("DOM.querySelector", {"nodeId": root, "selector": "#x"})["nodeId"]
        return [font["familyName"] for font in session.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]]

    def test_comes_from_one_font(self, page: Page) -> None:
        assert len(self.fonts(page, "var(--sans)")) == 1
        page.close()

    def test_in_a_font_that_lacks_letters_is_noticed(self, page: Page) -> None:
        found = self.fonts(page, "Liberation Sans")
        if len(found) == 1:
            pytest.skip("this machine has no such font")
        assert len(found) > 1
        page.close()


class TestWhatPeopleWrite:
    """A font that lacks a stacked letter sets its tone beside it, where the ink of the letter itself never is."""

    def beside(self, browser: Browser, selector: str) -> list[str]:
        pairs = [(unicodedata.normalize("NFC", letter + tone), letter) for letter in TONELESS for tone in TONES]
        page = browser.new_page()
        styles = "".join((STATIC / name).read_text("utf-8") for name in ("camket.css", "console.css", "policy_desk.css", "notices.css"))
        page.set_content(f"<!doctype html><html lang=vi><style>{styles}</style><body class=console>{DESK}</body></html>")
        reach = page.evaluate(REACH, [selector, pairs])
        page.close()
        return [letter for (letter, _), out in zip(pairs, reach, strict=True) if out > 0.25]

    @pytest.mark.parametrize("selector", WRITTEN)
    def test_has_its_marks_above_and_below_its_letters(self, browser: Browser, selector: str) -> None:
        assert self.beside(browser, selector) == []

    def test_with_marks_beside_its_letters_is_noticed(self, browser: Browser) -> None:
        if not self.beside(browser, "#lacking"):
            pytest.skip("this machine has no such font")

    def test_is_never_set_in_the_font_of_codes(self) -> None:
        sheets = "".join(sheet.read_text("utf-8") for sheet in STATIC.glob("*.css"))
        rules = re.findall(r"([^{}]+)\{([^{}]*)\}", re.sub(r"/\*.*?\*/", "", sheets, flags=re.DOTALL))
        found = {selector.strip() for selector, rule in rules if re.search(r"var\(--mono\)|monospace", rule) and "--mono:" not in rule}
        assert found == set(IN_FIXED_WIDTH)
