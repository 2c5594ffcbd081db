"""Every desk page, asked for by every role and by a stranger."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern

from camket.access.actions import add_staff
from camket.access.models import DeskSession
from camket.duties.intake.models import CannedText
from camket.duties.notices import actions as notices
from camket.duties.notices.models import Letter
from camket.duties.publishing import actions as publishing
from camket.duties.special_cases import actions as special_cases
from camket.duties.special_cases.rules import Opening
from camket.policy.terms import PRIVACY_OFFICER, STAFF_ROLES, THE_HOUSE, Actor, FieldName
from camket.vault.models import File as StoredFile
from camket.web.console.urls import urlpatterns
from tests.attaching import PNG, File
from tests.cast import AN, LAN
from tests.journeys.visitor import Page
from tests.web.browsing import Browser, Clock, everything_kept
from tests.web.console.who_may import ABOUT_SOMEBODY, INBOX, LEADS_BACK, LETTERS, MAY, OPEN_TO_ALL, OPERATOR, PRESSED

# where who is refused the inbox arrives instead
FIRST = {"auditor": "journal", "privacy_officer": "journal", "operator": "operations", "abuse": "editions", "legal": "editions"}
OTHERS = sorted(STAFF_ROLES - INBOX)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the house holds in these tests: one inquiry of An's and its letter."""

    reference: str
    letter: str
    case: str
    colleague: str
    draft: int
    notice: str
    text: int = 0  # a text of the company's, where the house keeps one
    file: str = ""  # that came with the inquiry

    def path(self, name: str) -> str:
        """Return the address of a route, about An where it is about somebody."""
        places = {
            "console": "",
            "console-inquiry": f"inquiries/{self.reference}",
            "console-file": f"inquiries/{self.reference}/files/{self.file}",
            "console-call": f"inquiries/{self.reference}/call",
            "console-open-case": f"cases/about/{self.reference}",
            "console-case": f"cases/{self.case}",
            "console-case-news": f"cases/{self.case}/news",
            "console-letter": f"letters/{self.letter}",
            "console-product": "products/web-hosting",
            "console-account-confirm": "account/confirm",
            "console-colleague": f"staff/{self.colleague}",
            "console-policy": "policy",
            "console-draft": f"policy/drafts/{self.draft}",
            "console-draft-check": f"policy/drafts/{self.draft}/check",
            "console-draft-preview": f"policy/drafts/{self.draft}/preview",
            "console-draft-difference": f"policy/drafts/{self.draft}/difference",
            "console-draft-publish": f"policy/drafts/{self.draft}/publish",
            "console-service-notice": "notices/new",
            "console-advertising": "notices/new-advertising",
            "console-notice": f"notices/{self.notice}",
            "console-notice-words": f"notices/{self.notice}/words",
            "console-unreachable": f"notices/{self.notice}/unreachable",
            "console-unreachable-table": f"notices/{self.notice}/unreachable.csv",
            "console-notice-counts": f"notices/{self.notice}/counts.csv",
            "console-coverage": "policy/coverage",
            "console-translation": "policy/editions/1/en",
            "console-why": "policy/why",
            "console-text": f"texts/{self.text}" if self.text else "texts",
        }
        return "/vi/console/" + places.get(name, name.removeprefix("console-"))


@pytest.fixture
def held(visitor: Browser, clock: Clock) -> Held:
    words = visitor.attach(File("ảnh.png", PNG), **AN.values("full_name", "email", "phone", "message")).words()
    writer = add_staff(email="writer@staff.example.vn", role="adviser", display_name="Người viết", actor=THE_HOUSE, now=clock.now)
    text = CannedText.objects.create(language="vi", title="Chào", body="Kính chào {name},", changed_at=clock.now, changed_by_id=writer.id)
    reference = words[words.index("CK-") :][:12]
    lan = add_staff(email=LAN.email, role=LAN.role, display_name=LAN.full_name, actor=THE_HOUSE, now=clock.now)
    case = opened_case(reference, clock.now)
    draft = publishing.start_draft(texts={}, actor=Actor(role=PRIVACY_OFFICER), now=clock.now)
    return Held(
        reference=reference,
        letter=str(Letter.objects.get().id),
        case=case,
        colleague=str(lan.id),
        draft=draft,
        notice=str(written_notice(clock.now)),
        text=text.id,
        file=str(StoredFile.objects.get().record_id),
    )


def written_notice(now: datetime) -> UUID:
    """A service notice that has not gone out."""
    words = {language: {"title": "Bảo trì", "text": "Tối thứ Bảy."} for language in ("vi", "en")}
    officer = add_staff(email="ha@staff.example.vn", role=PRIVACY_OFFICER, actor=THE_HOUSE, now=now)
    return notices.write_service(words=words, audience="", actor=officer.actor, now=now)


def opened_case(reference: str, now: datetime) -> str:
    """A case about An that a colleague opened, who is none of those in these tests."""
    row = add_staff(email="mai@staff.example.vn", role="adviser", actor=THE_HOUSE, now=now)
    opening = Opening(about=reference, ground="a", fields=frozenset({FieldName("phone")}), reason="Phải báo ngay.")
    return special_cases.open_case(opening=opening, key=b"k" * 32, actor=row.actor, now=now)


def changed_since(before: Mapping[str, int]) -> dict[str, int]:
    """What there is more of than before, but for what remembers that a colleague was turned away: a line of the journal, and that it was told."""
    remembered = ("journal.", "access.Budget")
    return {name: count for name, count in everything_kept().items() if count != before[name] and not name.startswith(remembered)}


def shows_nothing_of_an(page: Page, held: Held) -> bool:
    """Whether a page is free of An's values, of her reference, and of any count, but for the address that was asked for."""
    text = page.text.replace(page.url.removeprefix("/vi"), "")
    values = (AN.full_name, AN.email, "912000101", AN.message[:12], held.reference, held.letter)
    return not any(value in text for value in values) and 'class="badge"' not in text


@pytest.mark.whatever_database
class TestEveryRoute:
    def test_stands_in_the_table_of_who_may(self) -> None:
        names = {pattern.name for pattern in urlpatterns if isinstance(pattern, URLPattern)}
        assert names == set(MAY) | set(PRESSED) | OPEN_TO_ALL | LEADS_BACK

    @pytest.mark.clause("6.1")
    @pytest.mark.parametrize("role", sorted(STAFF_ROLES))
    def test_opens_for_those_who_work_there_and_for_nobody_else(self, sign_in: Callable[[str], Browser], held: Held, role: str) -> None:
        browser = sign_in(role)
        for name, who in MAY.items():
            page = browser.get(held.path(name))
            if role in who:
                assert page.status == 200, name
            elif name == "console":
                assert (page.status, page.headers["location"]) == (302, f"/vi/console/{FIRST[role]}")
            else:
                assert page.status == 403, name
                assert shows_nothing_of_an(page, held), name

    @pytest.mark.clause("6.1")
    @pytest.mark.parametrize(("name", "role"), [(name, role) for name, who in PRESSED.items() for role in sorted(STAFF_ROLES - who)])
    def test_that_only_a_form_reaches_does_nothing_for_others(self, sign_in: Callable[[str], Browser], held: Held, name: str, role: str) -> None:
        browser = sign_in(role)
        token, before = browser.get("/vi/console/editions").hidden(), everything_kept()
        page = browser.post(held.path(name), {**token, "act": "resolve", "reference": held.reference, "name": "x"})
        assert page.status == 403
        assert shows_nothing_of_an(page, held)
        assert changed_since(before) == {}
        assert browser.get(held.path(name)).status == 405

    @pytest.mark.clause("6.1")
    @pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
    def test_tells_a_stranger_to_sign_in(self, visitor: Browser, held: Held, method: str) -> None:
        before = everything_kept()
        for name in MAY:
            page = visitor.request(method, held.path(name))
            assert page.status in ((403,) if method == "POST" else (302,)), name
            assert page.headers.get("location", "/vi/console/sign-in").partition("?")[0] == "/vi/console/sign-in"
            assert shows_nothing_of_an(page, held), name
            assert visitor.cookies == {}
        assert everything_kept() == before


@pytest.mark.whatever_database
class TestAStrangersColleague:
    """Ids of colleagues, sessions, passkeys and invitations open nothing to whom they do not belong."""

    @pytest.mark.clause("6.1")
    @pytest.mark.parametrize("role", sorted(STAFF_ROLES - OPERATOR))
    def test_is_neither_seen_nor_moved_by_others_than_operators(self, sign_in: Callable[[str], Browser], held: Held, role: str) -> None:
        browser = sign_in(role)
        token = browser.get("/vi/console/editions").hidden()
        before = everything_kept()
        for act in ("link", "role", "sign_out", "dismiss", "erase", "hand_over"):
            assert browser.post(f"/vi/console/staff/{held.colleague}", {**token, "act": act, "role": "operator"}).status == 403
        for act in ("invite", "withdraw"):
            values = {**token, "act": act, "email": "x@staff.example.vn", "role": "operator", "invitation": held.colleague}
            assert browser.post("/vi/console/staff", values).status == 403
        assert LAN.email not in browser.get(f"/vi/console/staff/{held.colleague}").text
        assert changed_since(before) == {}

    @pytest.mark.parametrize("role", sorted(STAFF_ROLES))
    def test_keeps_sessions_and_passkeys_whatever_is_sent(self, sign_in: Callable[[str], Browser], held: Held, role: str) -> None:
        browser, other = sign_in(role), sign_in("auditor" if role != "auditor" else "legal")
        theirs = str(DeskSession.objects.order_by("-began_at", "-id")[0].id)
        token = browser.get("/vi/console/editions").hidden()
        before = everything_kept()
        for values in ({"act": "end_session", "session_id": theirs}, {"act": "remove_passkey", "passkey_id": held.colleague}):
            for name in ("session_id", "passkey_id"):
                assert browser.post("/vi/console/account", {**token, **values}).status == 404
                assert browser.post("/vi/console/account", {**token, **values, name: "x"}).status == 404
        assert everything_kept() == before
        assert other.get("/vi/console/editions").status == 200

    def test_is_not_there_where_no_id_is(self, sign_in: Callable[[str], Browser], held: Held) -> None:
        operator = sign_in("operator")
        token = operator.get("/vi/console/editions").hidden()
        before = everything_kept()
        nobody = "00000000-0000-4000-8000-000000000000"
        assert operator.get(f"/vi/console/staff/{nobody}").status == 404
        assert operator.post(f"/vi/console/staff/{nobody}", {**token, "act": "dismiss"}).status == 404
        assert operator.post(f"/vi/console/staff/{held.colleague}", {**token, "act": "promote"}).status == 404
        for invitation in (nobody, held.colleague, "x", ""):
            assert operator.post("/vi/console/staff", {**token, "act": "withdraw", "invitation": invitation}).status == 404
        assert everything_kept() == before


@pytest.mark.whatever_database
class TestARoleWithoutAClause:
    @pytest.mark.clause("6.1")
    @pytest.mark.parametrize("role", OTHERS)
    def test_sees_no_inquiry_counted_or_hinted_at(self, sign_in: Callable[[str], Browser], held: Held, role: str) -> None:
        browser = sign_in(role)
        for name, who in MAY.items():
            page = browser.get(held.path(name))
            if role in who:
                told = (AN.full_name, AN.email, "912000101", AN.message[:12], *(() if name in ABOUT_SOMEBODY else (held.reference,)))
                assert not any(value in page.text for value in told), name

    @pytest.mark.parametrize("role", OTHERS)
    def test_cannot_tell_an_inquiry_that_is_there_from_one_that_is_not(self, sign_in: Callable[[str], Browser], held: Held, role: str) -> None:
        browser = sign_in(role)
        there, nowhere = browser.get(f"/vi/console/inquiries/{held.reference}"), browser.get("/vi/console/inquiries/CK-0000-0000")
        assert (there.status, there.words()) == (nowhere.status, nowhere.words())

    @pytest.mark.clause("6.1")
    @pytest.mark.parametrize("role", OTHERS)
    def test_cannot_act_on_an_inquiry_whose_reference_it_knows(self, sign_in: Callable[[str], Browser], held: Held, role: str) -> None:
        browser = sign_in(role)
        token = browser.get("/vi/console/editions").hidden()
        before = everything_kept()
        for act in ("answer", "note", "assign", "resolve", "reopen"):
            page = browser.post(f"/vi/console/inquiries/{held.reference}", {**token, "act": act, "answer": "x", "note": "x", "nonce": "n"})
            assert page.status == 403, act
        assert changed_since(before) == {}

    @pytest.mark.parametrize("role", OTHERS)
    def test_cannot_look_anybody_up(self, sign_in: Callable[[str], Browser], held: Held, role: str) -> None:
        browser = sign_in(role)
        page = browser.post("/vi/console/find", {**browser.get("/vi/console/editions").hidden(), "query": AN.email})
        assert page.status == 403
        assert shows_nothing_of_an(page, held)

    @pytest.mark.parametrize("role", sorted(STAFF_ROLES - LETTERS))
    def test_cannot_act_on_a_letter(self, sign_in: Callable[[str], Browser], held: Held, role: str) -> None:
        browser = sign_in(role)
        before = everything_kept()
        for act in ("retry", "give_up"):
            page = browser.post("/vi/console/letters", {**browser.get("/vi/console/editions").hidden(), "letter": held.letter, "act": act})
            assert page.status == 403
        assert changed_since(before) == {}


TYPED = ("", "\x00", "x" * 5000, "An\u202e", "{{ 7 }}", "😀")


class TestAFormOfTheDesk:
    FORMS = (
        "inquiries/{reference}",
        "inquiries/{reference}/call",
        "record",
        "cases",
        "cases/about/{reference}",
        "cases/{case}",
        "find",
        "letters",
        "sign-out",
    )

    @pytest.mark.parametrize("form", FORMS)
    def test_without_its_token_is_refused(self, sign_in: Callable[[str], Browser], held: Held, form: str) -> None:
        browser = sign_in("adviser")
        before = everything_kept()
        page = browser.post("/vi/console/" + form.format(reference=held.reference, case=held.case), {"act": "resolve", "query": AN.email})
        assert page.status == 403
        assert AN.email not in page.text
        assert everything_kept() == before

    def test_with_the_token_of_another_session_is_refused(self, sign_in: Callable[[str], Browser], held: Held) -> None:
        stolen = sign_in("auditor").get("/vi/console/editions").hidden()
        assert sign_in("adviser").post("/vi/console/find", {**stolen, "query": AN.email}).status == 403

    def test_from_another_site_is_refused(self, sign_in: Callable[[str], Browser], held: Held) -> None:
        browser = sign_in("adviser")
        path = f"/vi/console/inquiries/{held.reference}"
        answer = browser.post(path, {**browser.get(path).hidden(), "act": "resolve"}, Origin="https://evil.example.com")
        assert answer.status == 403

    @pytest.mark.parametrize(
        "name",
        [
            "act",
            "answer",
            "note",
            "query",
            "letter",
            "said",
            "channel",
            "spoken",
            "token",
            "consents",
            "full_name",
            "ground",
            "fields",
            "reason",
            "refusal",
            "done",
        ],
    )
    def test_is_never_a_fault_of_ours_whatever_is_typed(self, sign_in: Callable[[str], Browser], held: Held, name: str) -> None:
        browser = sign_in("adviser")
        places = (f"inquiries/{held.reference}", f"inquiries/{held.reference}/call", "record", f"cases/about/{held.reference}", f"cases/{held.case}")
        token = {"csrfmiddlewaretoken": browser.get("/vi/console/record").hidden()["csrfmiddlewaretoken"]}
        for place, value in product((*places, "cases", "find", "letters"), TYPED):
            answer = browser.post(f"/vi/console/{place}", {**token, "act": name, name: value})
            assert answer.status < 500, (place, value[:20])

    @pytest.mark.parametrize(
        "path",
        [
            "?older=0",
            "?newer=x",
            "?older=99999999999999999999." + "0" * 32,
            "?show=%00",
            "?assignee=%27--&product=%00&language=xx",
            "news?inquiry=%00",
            "news?show=%00",
            "texts/99999999999999999999",
            "inquiries/CK-0000-0000?show=%00&text=%00",
            "cases?page=0",
            "cases?show=%00",
            "cases/%00",
            "cases/about/%00",
            "cases/SC-0000-0000?open=details",
            "record?x=%00",
            "inquiries/%00",
            "inquiries/" + "x" * 300,
            "journal?before=0",
        ],
    )
    def test_never_stumbles_over_an_address(self, sign_in: Callable[[str], Browser], path: str) -> None:
        role = "auditor" if path.startswith("journal") else "adviser"
        assert sign_in(role).get(f"/vi/console/{path}").status in (200, 404)


@pytest.mark.whatever_database
class TestWhatTheDeskCosts:
    """A list of fifty is one ask: the number of statements must not grow with what is listed."""

    def statements(self, browser: Browser, path: str, capture: Any) -> int:
        browser.get(path)
        with capture("default") as plain, capture("keys") as keys:
            assert browser.get(path).status == 200
        return len(plain) + len(keys)

    @pytest.fixture
    def capture(self) -> Any:
        return lambda alias: CaptureQueriesContext(connections[alias])

    @pytest.mark.parametrize(("path", "most"), [("", 40), ("?show=all", 40), ("letters", 12), ("find", 12)])
    def test_is_the_same_for_fifty_inquiries_as_for_one(self, sign_in: Callable[[str], Browser], capture: Any, path: str, most: int) -> None:
        browser, place = sign_in("adviser"), f"/vi/console/{path}"
        Browser().contact(**AN.values("full_name", "email", "message"))
        one = self.statements(browser, place, capture)
        for _ in range(49):
            Browser().contact(**AN.values("full_name", "email", "message"))
        fifty = self.statements(browser, place, capture)
        assert fifty == one
        assert one <= most
