"""What pages are written with: sealed values stay sealed and escaped, addresses and instants are told the way people read them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.utils.safestring import SafeString
from django.utils.translation import override

from camket.duties.intake.models import Inquiry
from camket.web.kit.templatetags.kit import AssetMissing, OnceNode, fingerprint
from camket.web.kit.words import ERRORS, WORDS, error_words, word

# the same in every language
NAMES = (
    "Zalo",
    "Messenger",
    "PDF",
    "Chrome",
    "Edge",
    "Firefox",
    "Opera",
    "Safari",
    "Samsung Internet",
    "Android",
    "iPhone/iPad",
    "Linux",
    "Mac",
    "Windows",
    "–",
)
SAIGON = ZoneInfo("Asia/Ho_Chi_Minh")
INSTANT = datetime(2026, 11, 22, 18, 5, 11, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeSealed:
    """Stands in for a value that a permit showed."""

    text: str

    def reveal(self) -> str:
        """Return the plain text."""
        return self.text


def printed(source: str, language: str = "vi", **context: object) -> str:
    with override(language):
        return Template("{% load kit %}" + source).render(Context({"language": language, **context}))


class TestAPartThatIsRenderedOnce:
    def test_is_the_same_from_memory_and_another_for_another_value_or_language(self) -> None:
        part = Template('{% load i18n kit %}{% once_for nav=chosen %}{% translate "Inbox" %} {{ nav }}{% endonce_for %}')

        def shown(language: str, chosen: str) -> str:
            with override(language):
                return part.render(Context({"language": language, "chosen": chosen}))

        assert [shown("en", "a"), shown("en", "b"), shown("en", "a")] == ["Inbox a", "Inbox b", "Inbox a"]
        assert shown("vi", "a") == shown("vi", "a") == "Hộp thư a"

    def test_is_rendered_once(self) -> None:
        asked: list[str] = []

        class Counted(str):
            def __str__(self) -> str:
                asked.append("once")
                return "x"

        part = Template("{% load kit %}{% once_for word=word %}{{ word }}{% endonce_for %}")
        first, second = (part.render(Context({"word": Counted("x")})) for _ in range(2))
        assert first == second == "x"
        assert asked.count("once") == 1

    def test_sees_nothing_but_what_is_named(self) -> None:
        """What one person's page shows can never stand on another's: not even by a mistake in a template."""
        source = "{% once_for nav='find' %}{{ name }}{{ request.user }}{{ csrf_token }}{% reveal sealed %}{% endonce_for %}"
        assert not printed(source, name="An", csrf_token="t", sealed=FakeSealed(text="An"))

    def test_is_escaped_as_any_other(self) -> None:
        assert printed("{% once_for word=word %}{{ word }}{% endonce_for %}", word="<b>") == "&lt;b&gt;"

    def test_takes_no_text_for_what_may_be_printed_as_it_stands(self) -> None:
        part = Template("{% load kit %}{% once_for word=word %}{{ word }}{% endonce_for %}")
        assert [part.render(Context({"word": word})) for word in (SafeString("<b>"), "<b>")] == ["<b>", "&lt;b&gt;"]

    def test_keeps_no_more_than_so_many(self) -> None:
        part = Template("{% load kit %}{% once_for word=word %}{{ word }}{% endonce_for %}")
        (node,) = part.nodelist.get_nodes_by_type(OnceNode)
        for number in range(1000):
            assert part.render(Context({"word": number})) == str(number)
        assert isinstance(node, OnceNode)
        assert node.kept <= 64

    def test_takes_no_block(self) -> None:
        with pytest.raises(TemplateSyntaxError, match="block"):
            Template("{% load kit %}{% once_for %}{% block main %}{% endblock %}{% endonce_for %}")

    @pytest.mark.parametrize("words", ["nav", "nav=1 2", "1"])
    def test_takes_names_and_nothing_else(self, words: str) -> None:
        with pytest.raises(TemplateSyntaxError):
            Template(f"{{% load kit %}}{{% once_for {words} %}}{{% endonce_for %}}")


class TestWordsOfAText:
    @pytest.mark.parametrize(
        ("written", "shown"),
        [
            ("*(bổ sung)* Chúng tôi", "(bổ sung) Chúng tôi"),
            ("*(bổ", "(bổ"),
            ("sung)*,", "sung),"),
            ("**rõ ràng**.", "rõ ràng."),
            ("2 * 3 * 4", "2 * 3 * 4"),
            ("a*b", "a*b"),
        ],
    )
    def test_are_shown_without_the_marks_that_stress_them(self, written: str, shown: str) -> None:
        assert printed("{{ x|unmarked }}", x=written) == shown


class TestAPhoneNumber:
    @pytest.mark.parametrize(
        ("kept", "read"), [("+84912345678", "0912 345 678"), ("+842838221234", "028 3822 1234"), ("+442071838750", "+442071838750")]
    )
    def test_is_read_as_people_here_read_it_and_rings_when_it_is_pressed(self, kept: str, read: str) -> None:
        assert printed("{% reveal_phone x %}", x=FakeSealed(text=kept)) == f'<a class="ring" href="tel:{kept}">{read}</a>'

    @pytest.mark.parametrize("kept", ["••••678", "+84<b>", "0912", "+84912345678 "])
    def test_that_is_not_whole_is_printed_as_it_stands_and_rings_nobody(self, kept: str) -> None:
        assert printed("{% reveal_phone x %}", x=FakeSealed(text=kept)) == printed("{% reveal x %}", x=FakeSealed(text=kept))
        assert printed("[{% reveal_phone x %}]", x=None) == "[]"


class TestASealedValue:
    def test_is_escaped_whatever_it_holds(self) -> None:
        assert printed("{% reveal x %}", x=FakeSealed(text="<b>An</b> & 'Bình'")) == "&lt;b&gt;An&lt;/b&gt; &amp; &#x27;Bình&#x27;"

    def test_prints_nothing_where_there_is_none(self) -> None:
        assert printed("[{% reveal x %}{% reveal y %}]", x=None) == "[]"

    def test_fails_loudly_where_a_plain_text_stands_in_its_place(self) -> None:
        with pytest.raises(AttributeError):
            printed("{% reveal x %}", x="An")

    def test_keeps_its_line_breaks_and_nothing_else(self) -> None:
        assert printed("{% reveal_lines x %}", x=FakeSealed(text="a\n<i>b")) == "a<br>&lt;i&gt;b"


class TestAnAddressOfAPage:
    @pytest.mark.parametrize(
        ("source", "address"),
        [("{% page %}", "/vi/"), ('{% page "contact" %}', "/vi/contact"), ('{% page "console/inquiries" x %}', "/vi/console/inquiries/CK%3Fa%23b")],
    )
    def test_carries_the_language_and_quotes_what_it_is_given(self, source: str, address: str) -> None:
        assert printed(source, x="CK?a#b") == address

    def test_leads_from_a_clause_to_the_edition_it_was_read_in(self) -> None:
        assert 'href="/en/policy/editions/1#c4.1"' in printed('{% clause "4.1" 1 %}', "en")

    def test_leads_from_a_form_to_a_clause_in_a_tab_of_its_own_and_says_so(self) -> None:
        link = printed('{% clause "4.1" aside=True %}', "en")
        assert 'href="/en/policy#c4.1" target="_blank" rel="noopener"' in link
        assert '<span class="unseen"> (opens in a new tab)</span></a>' in link
        assert "target" not in printed('{% clause "4.1" %}', "en")

    def test_leads_from_a_clause_to_the_edition_in_force(self) -> None:
        assert 'href="/vi/policy#c4.1"' in printed('{% clause "4.1" %}')


class TestAnInstant:
    @pytest.mark.parametrize(("language", "text"), [("vi", "23/11/2026, 01:05"), ("en", "23 Nov 2026, 01:05")])
    def test_is_told_in_local_time(self, language: str, text: str) -> None:
        assert printed("{% local_time x %}", language, x=INSTANT, zone=SAIGON) == f'<time datetime="2026-11-22T18:05:11Z">{text}</time>'

    def test_without_an_edition_is_told_in_utc(self) -> None:
        assert ">22/11/2026, 18:05<" in printed("{% local_time x %}", x=INSTANT)

    def test_can_be_told_as_a_date_or_to_the_second(self) -> None:
        assert ">23/11/2026<" in printed('{% local_time x "date" %}', x=INSTANT, zone=SAIGON)
        assert ">23/11/2026, 01:05:11<" in printed('{% local_time x "second" %}', x=INSTANT, zone=SAIGON)

    def test_without_a_time_zone_has_no_place_on_a_page(self) -> None:
        with pytest.raises(ValueError, match="time zone"):
            printed("{% local_time x %}", x=INSTANT.replace(tzinfo=None))

    def test_leaves_a_calendar_date_where_it_is(self) -> None:
        assert printed("{% local_time x %}", x=date(2026, 11, 22)) == '<time datetime="2026-11-22">22/11/2026</time>'


class TestTheCommand:
    @pytest.mark.parametrize(
        ("typed", "told"),
        [
            ("camket", "camket"),
            (".venv/bin/camket", ".venv/bin/camket"),
            ("python -m camket", "python -m camket"),
            ("/srv/x/.venv/bin/camket", "camket"),
        ],
    )
    def test_is_told_as_it_is_typed_but_never_where_the_house_lies(self, settings: Any, typed: str, told: str) -> None:
        settings.CAMKET_COMMAND = typed
        assert printed("{% command %}") == told


class TestAStaticFile:
    def test_carries_the_fingerprint_of_its_content(self) -> None:
        assert printed('{% asset "kit/camket.css" %}') == f"/static/kit/camket.css?v={fingerprint('kit/camket.css')}"

    def test_that_is_missing_is_named(self) -> None:
        with pytest.raises(AssetMissing, match=r"kit/none\.css"):
            fingerprint("kit/none.css")


class TestTheLengthOfAFile:
    @pytest.mark.parametrize(
        ("length", "vi", "en"),
        [
            (0, "0 byte", "0 bytes"),
            (1, "1 byte", "1 byte"),
            (1023, "1023 byte", "1023 bytes"),
            (1024, "1\u00a0KB", "1\u00a0KB"),
            (420_000, "410\u00a0KB", "410\u00a0KB"),
            (5 * 1024 * 1024, "5,0\u00a0MB", "5.0\u00a0MB"),
        ],
    )
    def test_is_told_as_people_say_it(self, length: int, vi: str, en: str) -> None:
        assert (printed("{% size x %}", x=length), printed("{% size x %}", "en", x=length)) == (vi, en)


class TestACode:
    @pytest.mark.parametrize(("kind", "code"), [(kind, code) for kind, codes in WORDS.items() for code in codes if codes[code] not in NAMES])
    def test_has_a_vietnamese_word_of_its_own(self, kind: str, code: str) -> None:
        with override("vi"):
            assert word(kind, code) != WORDS[kind][code]

    def test_stands_for_something_that_an_inquiry_or_a_letter_can_be(self) -> None:
        assert set(WORDS["state"]) == set(Inquiry.State.values)
        assert set(WORDS["letter_state"]) == {"due", "sending", "sent", "parked", "dropped"}

    def test_that_is_unknown_is_printed_as_it_is(self) -> None:
        assert word("state", "unheard_of") == "unheard_of"


class TestAnErrorPage:
    @pytest.mark.parametrize("status", sorted(ERRORS))
    def test_speaks_vietnamese(self, status: int) -> None:
        with override("vi"):
            assert error_words(status).heading != ERRORS[status][0]

    @pytest.mark.parametrize(("status", "like"), [(418, 400), (504, 500)])
    def test_borrows_the_words_of_its_kind(self, status: int, like: int) -> None:
        assert error_words(status) == error_words(like)
