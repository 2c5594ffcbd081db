"""
A canary in every field of a colleague, driven through every way in; then a look at what the house said, logged, journaled and kept.

Names and addresses of staff stand in the accounts, plainly and said so; a network address in the log of sign-ins. Secrets stand nowhere.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path

import pyotp
import pytest
from django.utils import timezone

from tests import stage
from tests.channels.identity.service import CLIENT, Service, running_service
from tests.channels.identity.service import SECRET as CLIENT_SECRET
from tests.journeys.canaries import Leak, Nose, spellings
from tests.journeys.copies import Bases
from tests.journeys.house import House, link_in, running
from tests.journeys.visit import Answer, Walker, without
from tests.journeys.visitor import Page

NAME, EMAIL = "Tống Bách Thanh Sơn Tước", "bach.thanh.4731@canary.example.vn"
PASSWORD, WRONG = "chim bách thanh đậu dây phơi 4732", "chim bách thanh gõ nhầm 4733"
MISTYPED = "mat-khau-go-nham-o-email-4734"  # a password in the field of the address
PLACE = "198.51.100.147"
KNOWN_TO = {"name": NAME, "email": EMAIL, "network address": PLACE}
# what the company's sign-in service says of its user: nothing of it is kept anywhere
TOLD = {
    "sub": "chim-khuyen-4802",
    "email there": "khuyen.4803@canary.example.vn",
    "name there": "Chim Khuyên Vành Khuyên 4804",
    "code": "code-4805-of-canary",
}
SECRET = {"password": PASSWORD, "wrong password": WRONG, "password typed as an address": MISTYPED, **TOLD, "access token": "an-access-token-4805"}
OPERATOR = "van.hanh@staff.example.vn"
ACCOUNTS = frozenset({"access_staff", "access_signintry"})  # the only tables in which a colleague may be read


@dataclass(slots=True, kw_only=True)
class Staffed:
    """A house in which a colleague came in by every way, and what was seen of it."""

    house: House
    secret: str
    codes: list[str]
    folder: Path
    answers: list[Answer] = field(default_factory=list)

    @property
    def nose(self) -> Nose:
        """Finds every canary, those that the house itself made included."""
        made = {f"recovery code {number}": code.replace("-", "") for number, code in enumerate(self.codes)}
        return Nose(spellings({**KNOWN_TO, **SECRET, "secret of the app": self.secret, **made}))


class Colleague(Walker):
    """A walker who comes from one place, and is seen by the house to do so."""

    def request(self, method: str, path: str, body: bytes = b"", **headers: str) -> Page:
        """Send one request by way of the proxy."""
        return super().request(method, path, body, **{"X_Forwarded_For": f"{PLACE}:47310", **headers})


def found_in(page: Page, pattern: str) -> str:
    found = re.search(pattern, page.text)
    assert found is not None, page.words()[:600]
    return unescape(found[1])


def invited(house: House, answers: list[Answer]) -> Colleague:
    link = house.camket("staff", "add", OPERATOR, "--role", "operator", "--name", "Vận hành").strip().splitlines()[-1]
    operator = Walker(house.url, "operator", answers)
    assert operator.submit(operator.get(link_in(link, "/sign-in/")), {}).status == 200
    page = operator.submit(operator.get("/vi/console/staff"), {"act": "invite", "email": EMAIL, "role": "adviser"})
    colleague = Colleague(house.url, "colleague", answers)
    assert colleague.post(found_in(page, r'value="https?://[^/]+(/vi/console/invitation/[^"]+)"'), {"name": NAME}).status == 200
    return colleague


def set_up(colleague: Colleague) -> tuple[str, list[str]]:
    """Set up an app, a password and recovery codes, and return the secret and the codes."""
    account = "/vi/console/account"
    page = colleague.submit(colleague.get(account), {"act": "begin_codes"})
    secret = found_in(page, r'class="key-text"><code>([A-Z2-7 ]+)<').replace(" ", "")
    assert colleague.submit(page, {"code": pyotp.TOTP(secret).at(timezone.now())}, f"{account}/codes").status == 200
    assert colleague.submit(colleague.get(account), {"act": "password", "password": NAME}).status == 422
    assert colleague.submit(colleague.get(account), {"act": "password", "password": PASSWORD}).status == 200
    page = colleague.submit(colleague.get(account), {"act": "recovery_codes"})
    return secret, re.findall(r"<code>([0-9A-Z]{5}-[0-9A-Z]{5})</code>", page.text)


def come_in(house: House, codes: list[str], answers: list[Answer]) -> None:
    """Every way of being refused and of coming in, and each of them while the table it needs is away."""
    somebody, place = Colleague(house.url, "colleague", answers), "/vi/console/sign-in"
    for values in ({"email": EMAIL, "password": WRONG}, {"email": MISTYPED, "password": WRONG}, {"email": f"{MISTYPED}@canary.example.vn"}):
        assert somebody.post(place, {"step": "password", **values}).status == 422
    page = somebody.post(place, {"step": "password", "email": EMAIL, "password": PASSWORD})
    bases = Bases.of(house.environment)
    for table in ("access_staff", "access_signintry", "access_budget", "access_recoverycode", "django_session"):
        with without(bases, "default", table):
            broken = [somebody.post(place, {"step": "password", "email": EMAIL, "password": PASSWORD})]
            broken += [somebody.post(place, {"step": "code", "ticket": page.hidden()["ticket"], "code": codes[0]})]
            broken += [somebody.get("/vi/console/account")]
            assert 500 in {answer.status for answer in broken} or table == "django_session", table
    assert somebody.post(place, {"step": "code", "ticket": page.hidden()["ticket"], "code": "000000"}).status == 422
    assert somebody.post(place, {"step": "code", "ticket": page.hidden()["ticket"], "code": codes[1]}).status == 200
    assert somebody.get("/vi/console/account").status == 200


def come_by_company(house: House, service: Service, colleague: Colleague, codes: list[str], answers: list[Answer]) -> None:
    """Link the company's account, come in by it with a code of ours beside it, and be refused."""
    account, door, back = "/vi/console/account", "/vi/console/sign-in/oidc", "/console/sign-in/oidc"
    assert "link_company" in colleague.get(account).text

    def go(walker: Colleague, page: Page) -> Page:
        brought = service.arrive(found_in(page, r'http-equiv="refresh" content="0; url=([^"]+)"'))
        asked = service.codes.pop(brought["code"])
        service.codes[TOLD["code"]] = asked
        return walker.get(f"{back}?code={TOLD['code']}&state={brought['state']}")

    assert "unlink_company" in go(colleague, colleague.submit(colleague.get(account), {"act": "link_company"})).text
    somebody = Colleague(house.url, "colleague", answers)
    page = go(somebody, somebody.post(door, {}))
    assert somebody.post("/vi/console/sign-in", {"step": "code", "ticket": page.hidden()["ticket"], "code": codes[2]}).status == 200
    assert somebody.get(account).status == 200
    service.claims_say = lambda claims: claims.update(nonce="another")
    stranger = Colleague(house.url, "colleague", answers)
    assert "sign-in-error" in go(stranger, stranger.post(door, {})).text


@pytest.fixture(scope="module")
def staffed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staffed]:
    """One house for every look of this file."""
    folder, answers = tmp_path_factory.mktemp("folder"), list[Answer]()
    with running_service(subject=TOLD["sub"]) as service, stage.installation(tmp_path_factory.mktemp("home")) as environment:
        service.claims_also = {"email": TOLD["email there"], "name": TOLD["name there"]}
        company = {"CAMKET_OIDC_ISSUER": service.issuer, "CAMKET_OIDC_CLIENT_ID": CLIENT, "CAMKET_OIDC_CLIENT_SECRET": CLIENT_SECRET}
        with running(environment, CAMKET_TRUSTED_PROXIES="127.0.0.1", **company) as house:
            colleague = invited(house, answers)
            secret, codes = set_up(colleague)
            come_by_company(house, service, colleague, codes, answers)
            come_in(house, codes, answers)
            yield Staffed(house=house, secret=secret, codes=codes, folder=folder, answers=answers)


def tables_with(staffed: Staffed, names: Mapping[str, str]) -> set[str]:
    """Return in which tables any of these stands."""
    nose, bases = Nose(spellings(names)), Bases.of(staffed.house.environment)

    def written(table: str) -> bytes:
        rows = bases.rows("default", f"SELECT * FROM {table}")  # noqa: S608  # names of ours
        return b"\n".join(bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode() for row in rows for value in row)

    return {table for table in bases.tables("default") if nose.leaks_in(written(table), place=table)}


def shown_to_others(staffed: Staffed) -> list[Leak]:
    return [leak for answer in staffed.answers for leak in staffed.nose.leaks_in(answer.headers.encode(), place=answer.path)]


@pytest.mark.slow
@pytest.mark.clause("7.1")
class TestAColleague:
    def test_is_in_no_line_of_the_houses_log(self, staffed: Staffed) -> None:
        assert staffed.house.printed().count("django.request 500: ") >= 5
        assert staffed.nose.leaks_in(staffed.house.printed().encode(), place="log") == []

    def test_is_in_no_address_and_no_head_of_an_answer(self, staffed: Staffed) -> None:
        assert shown_to_others(staffed) == []
        # by protocol the service sends its code in an address of ours, where it works once and which leads on at once
        walked = [answer for answer in staffed.answers if not answer.path.startswith(f"/console/sign-in/oidc?code={TOLD['code']}&state=")]
        assert len(walked) == len(staffed.answers) - 3
        visited = "\n".join(place for answer in walked for place in (answer.path, *re.findall(r'(?:href|action)="([^"]*)"', answer.text)))
        assert staffed.nose.leaks_in(visited.encode(), place="addresses") == []

    def test_is_in_no_entry_of_the_journal(self, staffed: Staffed) -> None:
        export = staffed.folder / "journal.jsonl"
        staffed.house.camket("journal", "export", str(export))
        written = export.read_bytes()
        assert written.count(b"staff.signed_in") >= 3
        assert staffed.nose.leaks_in(written, place="journal") == []

    def test_is_read_in_the_tables_of_accounts_alone(self, staffed: Staffed) -> None:
        assert tables_with(staffed, KNOWN_TO) == ACCOUNTS

    def test_has_no_secret_in_any_table_or_file(self, staffed: Staffed) -> None:
        hidden = {**SECRET, "secret of the app": staffed.secret, **{code: code.replace("-", "") for code in staffed.codes}}
        assert tables_with(staffed, hidden) == set()
        assert Nose(spellings(hidden)).leaks_below([staffed.house.home]) == []

    def test_is_shown_a_secret_on_its_own_page_alone(self, staffed: Staffed) -> None:
        hidden = Nose(spellings({**SECRET, **{code: code for code in staffed.codes}}))
        places = {leak.place for answer in staffed.answers for leak in hidden.leaks_in(answer.text.encode(), place=f"{answer.path} ")}
        assert {place.split()[0] for place in places} == {"/vi/console/account", "/vi/console/sign-in"}, (
            "the sheet of codes, and what was mistyped, back to whoever typed it"
        )

    def test_is_gone_once_erased_but_for_the_log_that_the_law_asks_for(self, staffed: Staffed) -> None:
        staffed.house.camket("staff", "dismiss", EMAIL, "--erase")
        assert tables_with(staffed, {"name": NAME, "email": EMAIL}) == set()
        assert tables_with(staffed, {"network address": PLACE}) == {"access_signintry"}
        bases = Bases.of(staffed.house.environment)
        for table in ("passkey", "codegenerator", "recoverycode", "companylink", "invitation"):
            query = f"SELECT count(*) FROM access_{table} WHERE {'email IS NOT NULL' if table == 'invitation' else '1 = 1'}"  # noqa: S608  # words of ours
            assert bases.rows("default", query) == [(0,)], table
