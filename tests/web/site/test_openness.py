"""What the house says of its journal can be checked with what it hands out, by somebody who trusts none of it."""

import json
from datetime import timedelta
from pathlib import Path

from django.conf import settings as configured

from camket.duties.custody import actions as custody
from camket.duties.publishing import queries as editions
from camket.journal import checkpoints, signing
from tests.cast import AN
from tests.web.browsing import Browser, Clock


def signed_so_often(times: int, visitor: Browser, clock: Clock) -> list[int]:
    """Let the journal grow and be signed so many times; return the sizes, newest first."""
    sizes = []
    for _ in range(times):
        visitor.contact(**AN.values("full_name", "phone", "message"))
        clock.wait(minutes=2)
        custody.keep_journal(now=clock.now)
        sizes.insert(0, int(editions.checkpoint_lines(limit=1)[0].size))
    return sizes


class TestACheckpoint:
    def test_is_handed_out_byte_for_byte_as_its_file(self, visitor: Browser, clock: Clock) -> None:
        (size,) = signed_so_often(1, visitor, clock)
        page = visitor.get(f"/vi/transparency/checkpoints/{size}.json")
        file = Path(configured.CAMKET_CHECKPOINTS) / f"checkpoint-{size}.json"
        assert page.text.encode() == file.read_bytes()
        assert page.headers["content-disposition"] == f'attachment; filename="checkpoint-{size}.json"'
        assert checkpoints.read(page.text.encode(), name="x").is_ours(signing.public_key_bytes())

    def test_that_was_never_signed_is_not_there(self, visitor: Browser) -> None:
        for size in ("0", "987654321", "9" * 40):
            assert visitor.get(f"/vi/transparency/checkpoints/{size}.json").status == 404

    def test_stands_in_a_list_that_can_be_read_to_its_end(self, visitor: Browser, clock: Clock) -> None:
        sizes = signed_so_often(3, visitor, clock)
        whole = visitor.get("/en/transparency/checkpoints.jsonl").text
        assert [json.loads(line)["size"] for line in whole.splitlines()][:3] == sizes
        later = visitor.get(f"/en/transparency/checkpoints.jsonl?before={sizes[1]}").text
        assert json.loads(later.splitlines()[0])["size"] == sizes[2]
        for before in ("x", "-1", "", "9" * 30, "٣"):
            assert visitor.get(f"/en/transparency/checkpoints.jsonl?before={before}").status == 200


class TestThePage:
    def test_shows_the_newest_checkpoints_with_the_key_that_signed_them(self, visitor: Browser, clock: Clock) -> None:
        sizes = signed_so_often(12, visitor, clock)
        page = visitor.get("/vi/transparency")
        for row in editions.checkpoint_lines(limit=10):
            assert row.root in page.text
        assert f"checkpoints/{sizes[-1]}.json" not in page.text
        assert editions.public_key() in page.text

    def test_says_that_few_are_too_few_to_be_told(self, visitor: Browser, clock: Clock) -> None:
        signed_so_often(2, visitor, clock)
        assert "fewer than 10" in visitor.get("/en/transparency").words()

    def test_works_before_anything_is_signed(self, visitor: Browser) -> None:
        assert visitor.get("/en/transparency").status == 200

    def test_holds_for_the_instant_it_names(self, visitor: Browser, clock: Clock) -> None:
        before = visitor.get("/en/transparency").words()
        clock.now += timedelta(minutes=5)
        assert before.partition("Counted on")[2][:30] == visitor.get("/en/transparency").words().partition("Counted on")[2][:30]
