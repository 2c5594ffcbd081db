"""Reading texts: sections, clauses and words come out as written; hostile text comes out as findings, never as an exception."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camket.policy.compiler import compile_edition
from camket.policy.document import Statement, render_html
from camket.policy.source import EditionSource, parse_document
from camket.policy.tables import TomlInvalid, parse_toml
from camket.policy.terms import ClauseNumber
from tests.policy.sample import EDITION, FILES, VI, edited, policy_of, sample_regime

REASON = '```words\n[clause."{}"]\nwhy = "Section 6 says who may see it."\n```\n\n'

# fmt: off  - one piece a line would fill a page
PIECES = st.sampled_from(
    [
        "# T\n",
        "## 1. S\n",
        "## 2. S\n",
        "1.1 c\n",
        "1.2 c\n",
        "2.1. c\n",
        "\n",
        "```rule\n",
        "```words\n",
        "```\n",
        "~~~~\n",
        "   ~~~~rule\n",
        'rule = "none"\n',
        'why = "w"\n',
        "[[permit]]\n",
        "[[field]]\n",
        'id = "email"\n',
        "[field.email]\n",
        "label = 1\n",
        "x = [[[[\n",
        "'''\n",
        '"""\n',
        "\r",
        "\u2028",
        "####### x\n",
        "99999999999999999999.1 c\n",
        '[[permit]]\nroles = ["*"]\n',
        "- 1.1 c\n",
        'fields = ["*"]\n',
        "\ufeff",
        "\udcff",
        "\0",
        "1979-05-27\n",
        "nan = nan\n",
    ]
)
# fmt: on
HOSTILE = st.lists(PIECES | st.text(max_size=20), max_size=40).map("".join)


class TestADocument:
    def test_has_the_sections_and_clauses_of_its_text(self) -> None:
        document, rules, words, found = parse_document("vi", "policy.vi.md", VI)
        assert found == ()
        assert (document.language, document.title, document.preamble_reason) == ("vi", "Chính sách mẫu", "Lời mở đầu.")
        assert document.preamble == "Chính sách này là của một công ty không có thật."
        assert [section.number for section in document.sections] == list(range(1, 9))
        assert [clause.number for clause in document.sections[2].clauses] == ["3.1", "3.2", "3.3"]
        assert len(rules) == len(document.clauses) - 1
        assert words.of("field", "full_name").hint == "như quý khách muốn được gọi"

    def test_keeps_every_paragraph_of_a_clause_and_none_of_its_rules(self) -> None:
        document = parse_document("vi", "policy.vi.md", VI).document
        clause = document.clause(ClauseNumber("1.1"))
        assert clause is not None
        assert clause.paragraphs_markdown == (
            "Chúng tôi xin họ tên, thư điện tử và số điện thoại.\n\nQuý khách chỉ cần cho một trong hai cách liên hệ."
        )
        assert VI.split("\n")[clause.line - 1].startswith("1.1 ")
        assert document.clause(ClauseNumber("1.2")) is None

    def test_says_why_a_clause_binds_no_machine(self) -> None:
        clause = parse_document("vi", "policy.vi.md", VI).document.clause(ClauseNumber("3.3"))
        assert clause is not None
        assert clause.informative_reason == "Điều 6 nói ai được xem."

    def test_says_what_a_clause_says_though_it_binds_no_machine(self) -> None:
        source = edited('why = "Điều 6 nói ai được xem."', 'says = ["breach_notice", "subject_duties"]\nwhy = "x"')
        clause = parse_document("vi", "policy.vi.md", source.files["policy.vi.md"]).document.clause(ClauseNumber("3.3"))
        assert clause is not None
        assert clause.says == {Statement.BREACH_NOTICE, Statement.SUBJECT_DUTIES}
        assert compile_edition(source, None).policy is not None

    @pytest.mark.parametrize("says", ['"breach_notice"', '["breach"]', "[1]", "[]", "true"])
    def test_refuses_to_say_what_the_law_does_not_know(self, says: str) -> None:
        compilation = compile_edition(edited('why = "Điều 6 nói ai được xem."', f'says = {says}\nwhy = "x"'), None)
        assert ("rule.bad_value", "3.3") in {(one.code, one.clause) for one in compilation.diagnostics}

    def test_gives_a_translation_the_reason_in_its_own_words(self) -> None:
        source = edited("3.3 The company", REASON.format("3.3") + "3.3 The company", "policy.en.md")
        compilation = compile_edition(source, None)
        assert compilation.diagnostics == ()
        assert policy_of(compilation).words["en"].of("clause", "3.3").why == "Section 6 says who may see it."

    def test_is_told_of_a_reason_for_a_clause_that_carries_a_rule(self) -> None:
        source = edited("3.3 The company", REASON.format("3.2") + "3.3 The company", "policy.en.md")
        (told,) = compile_edition(source, None).diagnostics
        assert (told.code, told.file, told.line) == ("words.unused", "policy.en.md", 36)

    @pytest.mark.parametrize("fence", ["~~~", "````", "  ```"])
    def test_may_fence_its_rules_as_markdown_allows(self, fence: str) -> None:
        source = edited('```rule\n[[violation]]\nid = "malware"\nref = "c"\n```', f'{fence}rule\n[[violation]]\nid = "malware"\nref = "c"\n{fence}')
        assert compile_edition(source, None).policy is not None

    def test_shows_other_blocks_as_part_of_the_clause(self) -> None:
        clause = parse_document("vi", "f", VI.replace("2.2 Chúng tôi có thể khóa dịch vụ.", "2.2 Khóa.\n\n```\n2.3 mẫu\n```")).document.clauses[2]
        assert clause.paragraphs_markdown == "Khóa.\n\n```\n2.3 mẫu\n```"

    def test_takes_a_number_inside_a_paragraph_for_text(self) -> None:
        document, _, _, found = parse_document("vi", "f", VI.replace("phát tán mã độc.", "phát tán mã độc quá\n3.5 lần."))
        assert found == ()
        assert document.clauses[1].paragraphs_markdown.endswith("3.5 lần.")

    def test_writes_words_in_composed_letters(self) -> None:
        decomposed = VI.replace('label = "Tòa án"', 'label = "To\u0300a a\u0301n"')
        assert parse_document("vi", "f", decomposed).words.of("recipient", "court").label == "T\u00f2a \u00e1n"


class TestAHostileText:
    @given(HOSTILE)
    def test_becomes_findings_and_never_an_exception(self, text: str) -> None:
        parsed = parse_document("vi", "policy.vi.md", text)
        assert parsed.diagnostics or parsed.document.sections

    @given(text=HOSTILE, manifest=st.just(EDITION) | st.text(max_size=80), translation=HOSTILE)
    def test_never_becomes_a_policy_unless_nothing_is_wrong_with_it(self, text: str, manifest: str, translation: str) -> None:
        source = EditionSource(files={"edition.toml": manifest, "policy.vi.md": text, "policy.en.md": translation})
        compilation = compile_edition(source, sample_regime())
        assert (compilation.policy is None) is any(one.severity == "error" for one in compilation.diagnostics)

    @given(data=st.data(), file=st.sampled_from(sorted(FILES)), junk=PIECES | st.text(max_size=8))
    def test_hidden_in_an_ordinary_edition_never_breaks_the_compiler(self, data: st.DataObject, file: str, junk: str) -> None:
        text = FILES[file]
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 30)))
        compilation = compile_edition(EditionSource(files={**FILES, file: text[:start] + junk + text[end:]}), sample_regime())
        assert (compilation.policy is None) is any(one.severity == "error" for one in compilation.diagnostics)
        assert all(one.as_dict()["message"] for one in compilation.diagnostics)

    @pytest.mark.parametrize("text", ["# " * 300_000, "```\n" * 200_000, "1.1 x\n\n" * 140_000, ">" * 900_000, "[" * 900_000, "#\n" * 450_000])
    def test_of_nearly_a_million_characters_is_read(self, text: str) -> None:
        assert parse_document("vi", "policy.vi.md", text).diagnostics

    @pytest.mark.parametrize(
        "line", ["```" + "a" * 40_000 + "`", "```" + " " * 40_000 + "`", "~~~" + " " * 20_000 + "a" * 20_000 + "`"], ids=range(3)
    )
    def test_of_one_line_that_almost_opens_a_block_keeps_nobody_waiting(self, line: str) -> None:
        began = time.process_time()
        parse_document("vi", "policy.vi.md", f"# T\n\n## 1. S\n\n1.1 c\n{line}\n")
        assert time.process_time() - began < 1.0

    def test_of_ten_million_characters_is_not_read(self) -> None:
        found = parse_document("vi", "policy.vi.md", VI + "x" * 10_000_000).diagnostics
        assert [one.code for one in found] == ["source.too_large"]

    @given(st.text() | HOSTILE)
    def test_is_toml_or_says_on_which_line_it_is_not(self, text: str) -> None:
        try:
            parse_toml(text)
            line = 1
        except TomlInvalid as problem:
            line = problem.line
        assert 1 <= line <= text.count("\n") + 1

    def test_is_quoted_without_what_could_move_a_cursor(self) -> None:
        found = compile_edition(edited('ref = "c"', 'ref = "c"\n"\\u001b[2J\\u202e" = 1'), None).diagnostics
        assert {one.code for one in found} == {"rule.unknown_key", "source.bad_character"}
        assert all(letter.isprintable() for one in found for letter in one.message + one.hint)


class TestTheHtmlOfAClause:
    def test_shows_markdown(self) -> None:
        assert render_html("Chào **bạn**\n\n- một\n- hai") == "<p>Chào <strong>bạn</strong></p>\n<ul>\n<li>một</li>\n<li>hai</li>\n</ul>\n"

    @pytest.mark.parametrize("url", ["https://example.com/a", "http://example.com", "mailto:an@example.com"])
    def test_links_to_pages_and_addresses(self, url: str) -> None:
        assert f'<a href="{url}">x</a>' in render_html(f"[x]({url})")

    @pytest.mark.parametrize(
        "url",
        [
            "javascript:alert(1)",
            "JAVASCRIPT:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "//example.com",
            "java\tscript:x",
            "ftp://x",
        ],
    )
    def test_links_nowhere_else(self, url: str) -> None:
        assert "<a" not in render_html(f"[x]({url}) <{url}> [y][z]\n\n[z]: {url}")

    @pytest.mark.parametrize("markdown", ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<b>x</b>", "![x](https://example.com/a.png)"])
    def test_holds_no_foreign_markup(self, markdown: str) -> None:
        assert not {"<script", "<img", "<b>"} & {tag for tag in ("<script", "<img", "<b>") if tag in render_html(markdown)}

    @given(HOSTILE | st.text())
    def test_is_given_for_any_text(self, text: str) -> None:
        assert "<script" not in render_html(text)
