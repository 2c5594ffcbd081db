"""A house with something at every page, for whoever looks at them: inquiries, a case, letters, notices, a draft, and somebody erased."""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.cast import AN, BINH, CHI, DUNG, GIANG, KE_LA, LAN
from tests.journeys.house import House, link_in, running
from tests.journeys.pages import named
from tests.journeys.post_office import PostOffice, text_of
from tests.journeys.visitor import Page, Visitor, fill_in_like_a_person, proof_of_work

FROM = {"CAMKET_CONTROLLER_EMAIL": "lienhe@example.vn"}
REFERENCE, CLAIM_CODE = r"(CK-[0-9A-Z]{4}-[0-9A-Z]{4})", r"\b((?:[0-9A-Z]{4}-){3}[0-9A-Z]{4})\b"
ID = r"([0-9a-f]{8}-[0-9a-f-]{27})"
STAFF = {"operator": "van@staff.example.vn", "auditor": "minh@staff.example.vn", "abuse": GIANG.email, "legal": LAN.email}


@dataclass(frozen=True, slots=True, kw_only=True)
class Furnished:
    """A house with something in it, and who sits where."""

    house: House
    post: PostOffice
    reference: str
    erased: str  # the reference of somebody who is erased
    claim_code: str  # of their certificate
    names: Mapping[str, str]  # what the lists of pages name
    cookies: Mapping[str, str]

    def path(self, language: str, place: str) -> str:
        """Return the whole address of a page."""
        return f"{self.house.url}/{language}/{named(place, self.names)}"


def sent(visitor: Visitor, **values: Any) -> Page:
    """Return the page that confirms an inquiry."""
    page = visitor.get("/vi/contact")
    fill_in_like_a_person()
    return visitor.submit(page, {"consents": ["advise"], "work": proof_of_work(page), **values})


def found(pattern: str, text: str) -> str:
    """Return what stands in a page or a letter where a pattern has its group."""
    one = re.search(pattern, text)
    assert one is not None, pattern
    return one[1]


def write(visitor: Visitor, **values: Any) -> str:
    """Return the reference of an inquiry that was sent."""
    return found(REFERENCE, sent(visitor, **values).words())


def at_desk(house: House, email: str, role: str) -> Visitor:
    """Return a new colleague who has signed in."""
    somebody = Visitor(house.url)
    link = house.camket("staff", "add", email, "--role", role, "--name", role).strip().splitlines()[-1]
    assert somebody.submit(somebody.get(link_in(link, "/sign-in/")), {}).status == 200
    return somebody


def until(what: str, look: Callable[[], str | None]) -> str:
    """Return what a page holds once it does."""
    deadline = time.monotonic() + 60
    while (seen := look()) is None:
        assert time.monotonic() < deadline, f"{what} did not come"
        time.sleep(0.1)
    return seen


def erased(house: House, chi: Visitor, stranger: Visitor) -> tuple[str, str]:
    """Return the reference and the claim code of somebody who left no address, and whose time is over: nobody else is here yet."""
    page = sent(stranger, **KE_LA.values("full_name", "phone", "message"))
    reference = found(REFERENCE, page.words())
    path = f"/vi/console/inquiries/{reference}"
    assert chi.submit(chi.get(path), {"act": "resolve"}, path).status == 200
    later = (datetime.now(UTC) + timedelta(days=4000)).strftime("%Y-%m-%dT%H:%M:%SZ")  # the processes under test live in the present
    house.camket("retention", "run", "--at", later)
    return reference, found(CLAIM_CODE, page.words())


def opened_case(chi: Visitor, dung: Visitor, reference: str) -> str:
    """Return the name of a special case that is agreed to."""
    form = f"/vi/console/cases/about/{reference}"
    page = chi.submit(chi.get(form), {"ground": "a", "fields": ["full_name", "phone"], "reason": "Phải báo ngay cho khách."}, form)
    assert dung.submit(dung.get(page.url), {"act": "approve"}).status == 200
    return page.url.rpartition("/")[2]


def written_notice(dung: Visitor) -> str:
    """Return the id of a service notice that has not gone out."""
    form = "/vi/console/notices/new"
    words = {f"{part}_{language}": "Bảo trì tối thứ Bảy." for part in ("title", "text") for language in ("vi", "en")}
    return dung.submit(dung.get(form), {**words, "act": "keep"}, form).url.rpartition("/")[2]


def sent_notice(dung: Visitor, unreachable: str) -> str:
    """Return the id of a service notice that has gone out, to everybody but one who left no address."""
    notice = written_notice(dung)
    assert dung.submit(dung.get(f"/vi/console/notices/{notice}"), {"act": "begin"}).status == 200
    place = f"/vi/console/notices/{notice}/unreachable"
    until("who could not be told", lambda: dung.get(place).text if unreachable in dung.get(place).words() else None)
    return notice


def parked_letter(chi: Visitor) -> str:
    """Return the id of the parked letter once it stands on the outbox page: only a parked one can be tried again."""

    def look() -> str | None:
        one = re.search(rf'name="letter" value="{ID}"', chi.get("/vi/console/letters").text)
        return one and one[1]

    return until("a parked letter", look)


def kept_text(chi: Visitor) -> str:
    """Return the number of a text that answers can begin with."""
    page = chi.submit(chi.get("/vi/console/texts"), {"act": "keep", "language": "vi", "title": "Chào", "body": "Kính chào {name},"})
    return found(r'/console/texts/(\d+)"', page.text)


@contextmanager
def furnished(environment: Mapping[str, str]) -> Iterator[Furnished]:
    """A house with something at every page: an inquiry in each state, a case, a letter that the carrier refused, notices, somebody erased."""
    with PostOffice() as post, running(environment, CAMKET_SMTP_URL=post.url, **FROM) as house:
        stranger, chi, dung = Visitor(house.url), at_desk(house, CHI.email, "adviser"), at_desk(house, DUNG.email, "privacy_officer")
        gone, claim_code = erased(house, chi, stranger)
        both = ["advise", "notify"]
        received = sent(stranger, **AN.values("full_name", "email", "phone", "message"), consents=both)
        reference, code = found(REFERENCE, received.words()), received.text.split('class="code"><bdi>')[1].split("<")[0]
        path = f"/vi/console/inquiries/{reference}"
        for act, text in {"answer": "Gói Cơ bản là đủ cho cửa hàng của chị ạ.", "note": "Gọi lại buổi chiều.", "assign": ""}.items():
            assert chi.submit(chi.get(path), {"act": act, act: text}, path).status == 200
        resolved = write(stranger, **BINH.values("full_name", "phone", "message"), consents=both)
        done = f"/vi/console/inquiries/{resolved}"
        assert chi.submit(chi.get(done), {"act": "resolve"}, done).status == 200
        assert dung.submit(dung.get("/vi/console/policy"), {"act": "start"}, "/vi/console/policy").url.endswith("/drafts/1")
        names = {"reference": reference, "case": opened_case(chi, dung, reference), "text": kept_text(chi), "unsent": written_notice(dung)}
        letter = text_of(post.wait_for(AN.email, count=2)[0])
        names |= {"reading": link_in(letter, "/read/").rpartition("/")[2], "consents": link_in(letter, "/consents/").rpartition("/")[2]}
        # a notice goes only to an address that somebody has shown to be theirs
        assert stranger.submit(stranger.get(f"/vi/read/{names['reading']}"), {"reading_code": code}).status == 200
        names["notice"] = sent_notice(dung, resolved)
        post.wait_for(AN.email, count=3)
        post.answer = "550 5.1.1 unknown here"
        write(stranger, **BINH.values("full_name", "email", "message"))
        names["letter"], post.answer = parked_letter(chi), ""
        seated = {"adviser": chi, "privacy_officer": dung} | {role: at_desk(house, email, role) for role, email in STAFF.items()}
        names["colleague"] = found(f'/console/staff/{ID}"', seated["operator"].get("/vi/console/staff").text)
        cookies = {name: somebody.cookies["camket_desk"] for name, somebody in seated.items()}
        yield Furnished(house=house, post=post, reference=reference, erased=gone, claim_code=claim_code, names=names, cookies=cookies)
