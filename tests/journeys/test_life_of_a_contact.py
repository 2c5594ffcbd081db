"""One life of a contact: written, acknowledged, answered, resolved, erased, certified; told on both databases."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest

from tests.attaching import File
from tests.cast import AN, BINH, CHI
from tests.journeys.house import House, link_in, running
from tests.journeys.post_office import PostOffice, text_of
from tests.journeys.visitor import Page, Visitor, fill_in_like_a_person, proof_of_work

NewHome = Callable[[], Mapping[str, str]]
FROM = {"CAMKET_CONTROLLER_EMAIL": "lienhe@example.vn"}


def write_to_us(visitor: Visitor, *files: File, language: str = "vi", **values: object) -> Page:
    """Open the contact form, fill it in and send it, with the proof of work that the page's script does, and with files."""
    page = visitor.get(f"/{language}/contact")
    assert page.status == 200
    fill_in_like_a_person()
    given = {"consents": ["advise"], "work": proof_of_work(page), **values}
    return visitor.attach(page, given, *files) if files else visitor.submit(page, given)


def told(page: Page) -> tuple[str, str]:
    """The reference and the reading code that the page shows after sending."""
    reference = re.search(r"CK-[0-9A-Z]{4}-[0-9A-Z]{4}", page.words())
    code = re.search(r'class="code"><bdi>([0-9 ]+)<', page.text)
    assert reference is not None, page.words()
    assert code is not None
    return reference.group(), code.group(1)


def adviser(house: House) -> Visitor:
    """Chi at her desk, signed in by a one-time link."""
    link = house.camket("staff", "add", CHI.email, "--role", "adviser", "--name", "Chi").strip().splitlines()[-1]
    chi = Visitor(house.url)
    page = chi.get(link_in(link, "/sign-in/"))
    assert chi.submit(page, {}).status == 200
    return chi


def act(chi: Visitor, reference: str, **values: str) -> Page:
    """Press a button on the page of an inquiry."""
    path = f"/vi/console/inquiries/{reference}"
    page = chi.get(path)
    assert page.status == 200
    return chi.submit(page, values, path)


@pytest.mark.slow
class TestOneLifeOfAContact:
    @pytest.mark.clause("1.3")
    @pytest.mark.clause("3.1")
    @pytest.mark.clause("4.1")
    def test_goes_from_the_form_to_the_certificate(self, bare_home: Mapping[str, str]) -> None:
        with PostOffice() as post, running(bare_home, CAMKET_SMTP_URL=post.url, **FROM) as house:
            an = Visitor(house.url)
            reference, code = told(write_to_us(an, **AN.values("full_name", "email", "phone", "message")))
            assert an.cookies == {}

            letter = post.wait_for(AN.email, count=1)[0]
            self.acknowledgement_carries_no_content(letter, reference)
            claim = self.claim_code(letter)

            chi = adviser(house)
            self.desk_shows_name_and_clause(chi, reference)
            self.address_is_proven_by_link_and_code(an, letter, code)

            act(chi, reference, act="note", note="Khách muốn gọi lại buổi chiều.")
            act(chi, reference, act="answer", answer="Gói Cơ bản là đủ cho cửa hàng của chị ạ.")
            answer = post.wait_for(AN.email, count=2)[1]
            assert "Gói Cơ bản" in text_of(answer)
            assert AN.full_name in text_of(answer)
            assert "gọi lại buổi chiều" not in text_of(answer)

            act(chi, reference, act="resolve")
            self.erasure_runs_when_its_time_comes(house, post)
            self.nothing_is_left(house, an, chi, reference, claim)

    def acknowledgement_carries_no_content(self, letter: EmailMessage, reference: str) -> None:
        text = text_of(letter)
        assert reference in text
        assert AN.full_name not in text
        assert AN.message[:20] not in text
        assert letter["Auto-Submitted"] == "auto-generated"

    def claim_code(self, letter: EmailMessage) -> str:
        found = re.search(r"\b[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}\b", text_of(letter))
        assert found is not None
        return found.group()

    def desk_shows_name_and_clause(self, chi: Visitor, reference: str) -> None:
        inbox = chi.get("/vi/console/")
        assert AN.full_name in inbox.words()
        page = chi.get(f"/vi/console/inquiries/{reference}")
        assert AN.email in page.words()
        assert "0912 000 101" in page.words()
        assert "§ 3.1" in page.words().replace("\xa0", " ")

    def address_is_proven_by_link_and_code(self, an: Visitor, letter: EmailMessage, code: str) -> None:
        path = link_in(text_of(letter), "/read/")
        page = an.get(path)
        assert page.status == 200
        wrong = an.submit(page, {"reading_code": "000001" if not code.startswith("000 001") else "000002"})
        assert wrong.status == 422
        assert an.submit(page, {"reading_code": code}).status == 200

    def erasure_runs_when_its_time_comes(self, house: House, post: PostOffice) -> None:
        (kept,) = house.camket_lines("retention", "plan")
        assert kept["needed_for"] == []
        assert kept["due"] is False
        later = (datetime.now(UTC) + timedelta(days=92)).strftime("%Y-%m-%dT%H:%M:%SZ")  # the processes under test live in the present
        house.camket("retention", "run", "--at", later)
        farewell = post.wait_for(AN.email, count=3)[2]
        assert AN.full_name not in text_of(farewell)

    def nothing_is_left(self, house: House, an: Visitor, chi: Visitor, reference: str, claim: str) -> None:
        certificate = an.submit(an.get("/vi/certificate"), {"claim_code": claim})
        assert certificate.status == 200, certificate.words()
        assert reference in certificate.words()
        found = chi.submit(chi.get("/vi/console/find"), {"query": AN.email})
        assert reference not in found.words()
        assert AN.full_name not in chi.get(f"/vi/console/inquiries/{reference}").words()
        assert house.camket_json("journal", "verify")["ok"] is True


@pytest.mark.slow
class TestAMistypedAddress:
    @pytest.mark.clause("7.1")
    def test_never_shows_binh_anything_of_ans(self, new_home: NewHome) -> None:
        with PostOffice() as post, running(new_home(), CAMKET_SMTP_URL=post.url, **FROM) as house:
            an, binh = Visitor(house.url), Visitor(house.url)
            mistyped = {**AN.values("full_name", "phone", "message"), "email": BINH.email}
            reference, _ = told(write_to_us(an, **mistyped))
            chi = adviser(house)
            act(chi, reference, act="answer", answer="Chào chị An, gói Cơ bản là đủ.")
            letters = post.wait_for(BINH.email, count=2)
            for letter in letters:
                for secret in (AN.full_name, "Hoài An", AN.phone, "+84912000101", AN.message[:15], "gói Cơ bản"):
                    assert secret not in text_of(letter)
                    assert secret not in str(letter["Subject"])
            page = binh.get(link_in(text_of(letters[1]), "/read/"))
            for guess in ("000000", "123456", "111111", "999999", "654321"):
                answer = binh.submit(page, {"reading_code": guess})
                assert "gói Cơ bản" not in answer.text
            assert binh.submit(page, {"reading_code": "000000"}).status == 410
