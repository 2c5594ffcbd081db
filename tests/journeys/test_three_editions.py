"""Three editions, one after the other: the second narrows, the third widens, and what each person gave is used as the text says that they saw."""

import re
import shutil
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cast import AN, BINH, Person
from tests.duties.publishing.conftest import change
from tests.house.tree import ROOT
from tests.journeys.house import House, link_in, running
from tests.journeys.post_office import PostOffice, text_of
from tests.journeys.test_life_of_a_contact import FROM, act, adviser, told, write_to_us
from tests.journeys.visitor import Page, Visitor

NewHome = Callable[[], Mapping[str, str]]

HOA = Person(
    full_name="Đỗ Thị Hoa",
    email="do.hoa@example.com",
    phone="0912 000 303",
    address="Số 7, phố Mẫu, thành phố Ví Dụ",
    message="Tôi muốn chuyển website về máy chủ của công ty.",
)
"""Somebody who comes under the second edition."""

NUMBERS = {AN: "+84912000101", BINH: "+84912000202", HOA: "+84912000303"}
READ_TO_ANSWER = 'roles = ["adviser"]\noperations = ["use"]\npurposes = ["advise"]\nfields = ["full_name", "email", "phone", "message", "attachment"]'
KEPT_AFTER_ADVICE = 'purposes = ["advise", "notify"]\nafter = "inquiry.closed"\nkeep = "P90D"'
DAYS_AHEAD = "notice_days = 15"


class Editions:
    """The folder of a company's editions, each written from the one before."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        shutil.copytree(ROOT / "policies" / "wesoft" / "edition-1", folder / "edition-1")
        # the processes under test live in the present: nobody here can wait fifteen days
        change(folder / "edition-1" / "policy.vi.md", DAYS_AHEAD, "notice_days = 0")

    def write(self, number: int, old: str, new: str, *more: tuple[str, str]) -> Path:
        """Write the edition of a number with pieces of its rules replaced, outside the folder that a start publishes from."""
        before = [self._folder / "edition-1", *(self._folder.with_name(f"edition-{one}") for one in range(2, number))][-1]
        draft = self._folder.with_name(f"edition-{number}")
        shutil.copytree(before, draft)
        change(draft / "edition.toml", f"number = {number - 1}", f"number = {number}")
        for piece, instead in ((old, new), *more):
            change(draft / "policy.vi.md", piece, instead)
        return draft


def wait_until(is_so: Callable[[], bool], what: str) -> None:
    """Return once something is so."""
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline, f"not within a minute: {what}"
        time.sleep(0.2)


def wait_for_edition(house: House, number: int) -> None:
    stranger = Visitor(house.url)
    wait_until(lambda: f"Edition {number} of the policy" in stranger.get("/en/policy").words(), f"edition {number} in force")


def confirm(person: Visitor, post: PostOffice, address: str, code: str) -> None:
    """Prove an address by the link of the first letter and the code that the page showed."""
    (letter,) = post.wait_for(address, count=1)
    assert person.submit(person.get(link_in(text_of(letter), "/read/")), {"reading_code": code}).status == 200


def own_page(person: Visitor, letter_text: str) -> Page:
    """Somebody's own page of their consents, by the link of a letter."""
    path = link_in(letter_text, "/consents/")
    return person.submit(person.get(path), {"act": "show"}, path)


@pytest.mark.slow
@pytest.mark.whatever_database  # what editions bind is decided before a database is asked; the duties' own tests ask both
class TestThreeEditions:
    @pytest.mark.clause("8.2")
    @pytest.mark.clause("8.5")
    def test_leave_to_each_what_they_agreed_to(self, new_home: NewHome, tmp_path: Path) -> None:
        editions = Editions(tmp_path / "policies")
        with PostOffice() as post, running(new_home(), CAMKET_SMTP_URL=post.url, CAMKET_POLICY=str(tmp_path / "policies"), **FROM) as house:
            self.house, self.post, self.chi = house, post, adviser(house)
            self.references: dict[Person, str] = {}
            an, binh = self.arrives(AN), self.arrives(BINH, "en")
            assert [self.shows_number_of(one) for one in (AN, BINH)] == [True, True]

            self.publish(editions.write(2, READ_TO_ANSWER, READ_TO_ANSWER.replace('"phone", ', "")))
            wait_for_edition(house, 2)
            assert [self.shows_number_of(one) for one in (AN, BINH)] == [False, False]  # narrower binds at once
            self.arrives(HOA)

            longer = (KEPT_AFTER_ADVICE, KEPT_AFTER_ADVICE.replace("P90D", "P180D"))
            soon = datetime.now(UTC) + timedelta(seconds=20)
            self.publish(editions.write(3, READ_TO_ANSWER.replace('"phone", ', ""), READ_TO_ANSWER, longer), "--at", f"{soon:%Y-%m-%dT%H:%M:%SZ}")
            campaign = self.everybody_is_told()
            wait_for_edition(house, 3)
            # what the second took away, or never had, waits for each person's yes to the third
            assert [self.shows_number_of(one) for one in (AN, BINH, HOA)] == [False, False, False]

            self.agrees(an, AN)
            assert [self.shows_number_of(one) for one in (AN, BINH, HOA)] == [True, False, False]
            self.says_nothing(binh, BINH)
            self.kept_for({AN: 180, BINH: 90, HOA: 90})
            self.report_counts(campaign)
            assert house.camket_json("journal", "verify")["ok"] is True

    def arrives(self, person: Person, language: str = "vi") -> Visitor:
        somebody = Visitor(self.house.url)
        self.references[person], code = told(write_to_us(somebody, language=language, **person.values("full_name", "email", "phone", "message")))
        confirm(somebody, self.post, person.email, code)
        return somebody

    def shows_number_of(self, person: Person) -> bool:
        page = self.chi.get(f"/vi/console/inquiries/{self.references[person]}")
        assert person.full_name in page.words()
        return f'href="tel:{NUMBERS[person]}"' in page.text

    def publish(self, draft: Path, *when: str) -> None:
        self.house.camket_said("policy", "publish", str(draft), *when)

    def everybody_is_told(self) -> str:
        """Let the privacy officer tell everybody whom the third edition concerns, and return the page of it."""
        dung = Visitor(self.house.url)
        link = self.house.camket("staff", "add", "dung@staff.example.vn", "--role", "privacy_officer", "--name", "Dũng").strip().splitlines()[-1]
        assert dung.submit(dung.get(link_in(link, "/sign-in/")), {}).status == 200
        page = dung.submit(dung.get("/vi/console/notices"), {"edition": "3"}, "/vi/console/notices")
        place = re.sub(r"^https?://[^/]+", "", page.url)
        assert dung.submit(page, {"act": "begin"}, place).status == 200
        self.dung = dung
        letters = {person: self.post.wait_for(person.email, count=2) for person in (AN, BINH, HOA)}
        assert {person: len(got) for person, got in letters.items()} == {AN: 2, BINH: 2, HOA: 2}
        self.texts = {person: text_of(got[1]) for person, got in letters.items()}
        assert "180" in self.texts[AN]
        assert "Dear" in self.texts[BINH]
        assert all(not letter["List-Unsubscribe"] for got in letters.values() for letter in got)  # nobody can turn the law off
        return place

    def agrees(self, person: Visitor, who: Person) -> None:
        path = link_in(self.texts[who], "/consents/")
        page = own_page(person, self.texts[who])
        assert page.status == 200
        assert person.submit(page, {"act": "agree", "purpose": "advise", "edition": "3"}, path).status == 200
        assert "cho phép chúng tôi làm nhiều hơn" not in own_page(person, self.texts[who]).words()

    def says_nothing(self, person: Visitor, who: Person) -> None:
        assert "would let us do more" in own_page(person, self.texts[who]).words()

    def kept_for(self, days: dict[Person, int]) -> None:
        """Close every inquiry: each is kept for as long as the text says that its person agreed to."""
        for reference in self.references.values():
            assert act(self.chi, reference, act="resolve").status == 200
        planned = sorted(row["erase_after"] for row in self.house.camket_lines("retention", "plan"))
        assert all(planned), planned
        now = datetime.now(UTC)
        spans = sorted(round((datetime.fromisoformat(one) - now) / timedelta(days=1)) for one in planned)
        assert [abs(found - wanted) <= 1 for found, wanted in zip(spans, sorted(days.values()), strict=True)] == [True] * len(days), spans

    def report_counts(self, campaign: str) -> None:
        counts = dict(line.split(",") for line in self.dung.get(f"{campaign}/counts.csv").text.split())
        assert {name: counts[name] for name in ("planned", "told", "agreed", "silent")} == {"planned": "3", "told": "3", "agreed": "1", "silent": "2"}
