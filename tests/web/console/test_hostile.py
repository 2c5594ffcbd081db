"""What somebody means harm with: markup in every text, columns in every form, queries in every address. And a look that changes nothing."""

import re
from collections.abc import Callable
from html import escape
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import router

from camket.access.actions import add_staff, issue_sign_in_link
from camket.access.models import Staff
from camket.duties.intake.models import Inquiry
from camket.duties.notices.models import Letter
from camket.duties.publishing import actions as publishing
from camket.policy.terms import PRIVACY_OFFICER, STAFF_ROLES, THE_HOUSE, Actor
from camket.vault.models import File as StoredFile
from tests import stage
from tests.attaching import PNG, File
from tests.cast import AN
from tests.journeys.visitor import Page
from tests.web.browsing import Browser, Clock
from tests.web.console.test_who_may import MAY, Held, opened_case, written_notice

SignIn = Callable[[str], Browser]
MARKUP = "<planted-7 onclick=a()>{{ 7|add:35 }}{% now 'Y' %}</planted-7>\"'"
# a look is remembered, and a session is kept alive; nothing else may come of a GET
REMEMBERED = ("journal.", "sessions.", "vault.Look")
REACH_A_DATABASE = ("\x00", "9" * 40)  # each in a way of its own
_ANYWHERE = ("'; DROP TABLE intake_inquiry; --", "assigned_to__password", "-1", "../../etc/passwd", "𝟙𝟚", "[]", "a" * 4000)
# what is read of an address is the same for both kinds of database until it reaches one
HOSTILE = (*REACH_A_DATABASE, *(_ANYWHERE if stage.DATABASE == "sqlite" else ()))
READERS = ("adviser", "auditor", "operator")  # between them they may open every page
PARAMETERS = (
    "show",
    "older",
    "newer",
    "assignee",
    "product",
    "inquiry",
    "text",
    "before",
    "after",
    "open",
    "order_by",
    "sort",
    "filter",
    "next",
    "q",
)


def enter(name: str, role: str, clock: Clock) -> Browser:
    """Sign somebody of this name in."""
    row = add_staff(email=f"{role}.7@staff.example.vn", role=role, display_name=name, actor=THE_HOUSE, now=clock.now)
    browser = Browser()
    browser.submit(browser.get(f"/vi/console/sign-in/{issue_sign_in_link(staff_id=row.id, now=clock.now)}"), {})
    return browser


def furnish(clock: Clock) -> Held:
    """Open a case about the one inquiry that is there, and return what the desks' addresses are about."""
    reference = Inquiry.objects.get().reference
    case = opened_case(reference, clock.now)
    letter = Letter.objects.order_by("id")[0]
    draft = publishing.start_draft(texts={}, actor=Actor(role=PRIVACY_OFFICER), now=clock.now)
    colleague, notice = str(Staff.objects.order_by("id")[0].id), str(written_notice(clock.now))
    file = next(map(str, StoredFile.objects.values_list("record_id", flat=True)), "00000000-0000-4000-8000-000000000000")
    return Held(reference=reference, letter=str(letter.id), case=case, colleague=colleague, draft=draft, notice=notice, file=file)


def seen(browser: Browser, held: Held, role: str, language: str) -> list[Page]:
    """Return every page that a role may open."""
    return [browser.get(held.path(name).replace("/vi/", f"/{language}/", 1)) for name, who in MAY.items() if role in who]


class TestMarkup:
    @pytest.mark.parametrize("language", ["vi", "en"])
    def test_that_anybody_typed_is_text_on_every_page(self, visitor: Browser, clock: Clock, language: str) -> None:
        file = File(f"ảnh {MARKUP}.png", PNG)
        assert visitor.attach(file, full_name=f"An {MARKUP}", email=AN.email, message=f"Hỏi {MARKUP}").status == 200
        browser = enter(f"Chi {MARKUP}", "adviser", clock)
        held = furnish(clock)
        place = held.path("console-inquiry")
        for act in ("answer", "note", "assign"):
            assert browser.submit(browser.get(place), {"act": act, act: f"Nói {MARKUP}"}).status == 302
        pages = seen(browser, held, "adviser", language)
        assert not [page.url for page in pages if "<planted-7" in page.text or "onclick=a()" in re.sub(r"&lt;.*?&gt;", "", page.text)]
        whole = [page for page in pages if escape(MARKUP) in page.text]
        assert len(whole) >= 2, "who, what, answer and note stand there as they were typed"


class TestALook:
    @pytest.mark.parametrize("role", sorted(STAFF_ROLES))
    def test_changes_nothing_but_what_is_remembered_of_it(self, visitor: Browser, sign_in: SignIn, clock: Clock, role: str) -> None:
        visitor.attach(File("ảnh.png", PNG), **AN.values("full_name", "email", "phone", "message"))
        held, browser = furnish(clock), sign_in(role)
        before = rows()
        for language in ("vi", "en"):
            assert all(page.status in (200, 302) for page in seen(browser, held, role, language))
        assert {name for name, kept in rows().items() if kept != before[name] and not name.startswith(REMEMBERED)} == set()


def rows() -> dict[str, list[tuple[object, ...]]]:
    """Return what stands in every table."""
    models = [model for model in apps.get_models(include_auto_created=True) if model is not Session]
    return {model._meta.label: sorted(model._base_manager.using(router.db_for_read(model)).values_list(), key=repr) for model in models}


class TestAFormWithColumnsOfATable:
    def test_fills_none_of_them_at_the_desk(self, visitor: Browser, sign_in: SignIn) -> None:
        visitor.contact(**AN.values("full_name", "email", "message"))
        adviser = sign_in("adviser")
        before = Inquiry.objects.values().get()
        columns = {field.attname: "7" for model in (Inquiry, Staff) for field in model._meta.concrete_fields if field.attname != "submission"}
        place = f"/vi/console/inquiries/{before['reference']}"
        assert adviser.submit(adviser.get(place), {**columns, "act": "note", "note": "Gọi lại."}).status == 302
        assert Inquiry.objects.values().get() == before | {"sequence": before["sequence"] + 1}, "that there is one thing more is all"
        assert set(Staff.objects.values_list("role", flat=True)) == {"adviser"}

    def test_fills_none_of_them_at_the_public_form(self, visitor: Browser) -> None:
        columns = {field.attname: "7" for field in Inquiry._meta.concrete_fields if field.attname not in ("product", "language")}
        page = visitor.contact(**AN.values("full_name", "email", "message"), **columns)
        assert page.status in (200, 403, 422)
        assert not Inquiry.objects.exclude(state="new", assigned_to=None, channel="form").exists()


class TestAnAddress:
    @pytest.mark.parametrize("value", HOSTILE)
    @pytest.mark.parametrize("role", READERS)
    def test_with_whatever_behind_it_is_no_fault_of_ours(self, visitor: Browser, sign_in: SignIn, clock: Clock, value: str, role: str) -> None:
        """Every parameter at once, and, for two values that reach a database in their own ways, each by itself: the first fault hides no other."""
        visitor.contact(**AN.values("full_name", "email", "message"))
        held, browser = furnish(clock), sign_in(role)
        for name in (name for name, who in MAY.items() if role in who):
            # what is read of an address does not hang on the role: the first that may open it tries each parameter by itself
            is_first = role == next(one for one in READERS if one in MAY[name])
            alone = [{one: value} for one in PARAMETERS] if is_first and value in REACH_A_DATABASE else []
            for asked in (dict.fromkeys(PARAMETERS, value), *alone):
                page = browser.get(f"{held.path(name)}?{urlencode(asked)}")
                assert page.status in (200, 302, 400, 404), (name, asked)
                assert page.headers.get("location", "/").startswith("/")

    @pytest.mark.parametrize("parameter", ["show", "order_by", "sort", "filter"])
    def test_orders_and_filters_by_nothing_that_is_not_offered(self, visitor: Browser, sign_in: SignIn, parameter: str) -> None:
        for _ in range(2):
            Browser().contact(**AN.values("full_name", "email", "message"))
        adviser = sign_in("adviser")
        plain = re.findall(r"CK-[0-9A-Z-]{9}", adviser.get("/vi/console/").text)
        for value in ("assigned_to__password", "-submission_body", "subject_id", "1=1"):
            assert re.findall(r"CK-[0-9A-Z-]{9}", adviser.get(f"/vi/console/?{urlencode({parameter: value})}").text) == plain
