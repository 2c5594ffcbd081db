"""A receipt for a consent: what a person keeps, and anybody checks without us."""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyld import jsonld

from camket.access.days import day_of
from camket.duties.custody import actions as custody
from camket.duties.intake import actions as intake
from camket.duties.publishing import queries as editions
from camket.journal import signing
from camket.policy.terms import ADVISER, Actor, EditionNumber, PurposeId
from tests.cast import AN
from tests.journal.offline import VERIFIER, verdict
from tests.policy.test_dpv import no_network
from tests.web.browsing import Browser, Clock
from tests.web.site.test_consents import inquiry, path, press, says

__all__ = ["path"]

pytestmark = [pytest.mark.clause("7.3"), pytest.mark.clause("9.9")]


STAFF = Actor(role=ADVISER, id="3f9d6c2e-1b7a-4c58-9e04-7a2d5b8c1f60")


def first_shape(receipt: dict[str, Any]) -> dict[str, Any]:
    """A receipt as the house handed it out before it had a format."""
    processing, added = receipt["processing"], ("regime", "storage_locations", "rights")
    return {
        **{name: value for name, value in receipt.items() if name != "format"},
        "processing": {
            **{name: value for name, value in processing.items() if not name.startswith("dpv:") and name not in added},
            "@type": "dpv:Purpose",
            "jurisdiction": "vn-2026",
        },
        "party": {"@type": "dpv:DataController", "name": receipt["party"]["name"], "contact": ""},
        "event": [{name: one[name] for name in ("@type", "id", "at", "channel")} for one in receipt["event"]],
    }


class TestAReceipt:
    def keep(self, clock: Clock) -> None:
        clock.wait(minutes=2)
        custody.keep_journal(now=clock.now)

    def test_is_offered_with_the_way_to_what_checks_it(self, visitor: Browser, path: str) -> None:
        assert '<a href="/vi/transparency">Chương trình và khóa để tự kiểm tra</a>' in press(visitor, path, "show").text

    def test_waits_until_the_journal_is_signed(self, visitor: Browser, path: str) -> None:
        page = press(visitor, path, "receipt")
        assert (page.status, page.headers["retry-after"]) == (503, "60")
        assert says(page, "chưa được ký")

    def test_that_is_not_there_yet_is_no_error_of_ours(self, visitor: Browser, path: str, caplog: pytest.LogCaptureFixture) -> None:
        caplog.clear()
        press(visitor, path, "receipt")
        assert not [record for record in caplog.records if record.levelno >= logging.WARNING]

    @pytest.mark.parametrize(
        ("language", "sentence"),
        [
            ("vi", "Biên nhận có được sau khoảng một phút kể từ khi quý khách đồng ý hoặc rút lại, khi dòng nhật ký về việc đó đã được ký."),
            ("en", "It is there about a minute after you agreed or took your consent back, once the journal's line about that is signed."),
        ],
    )
    def test_is_said_to_be_there_only_once_the_journal_is_signed(self, visitor: Browser, path: str, language: str, sentence: str) -> None:
        assert says(press(visitor, path.replace("/vi/", f"/{language}/"), "show"), sentence)

    @pytest.mark.parametrize("is_given", [True, False])
    def test_is_checked_with_nothing_but_itself_and_the_key(
        self, visitor: Browser, path: str, clock: Clock, tmp_path: Path, *, is_given: bool
    ) -> None:
        if not is_given:
            press(visitor, path, "take_back")
        self.keep(clock)
        page = press(visitor, path, "receipt")
        assert page.headers["content-disposition"] == 'attachment; filename="camket-consent.json"'
        file = tmp_path / "camket-consent.json"
        file.write_text(page.text, "utf-8")
        status, said = verdict(file, key=signing.public_key_bytes())
        assert (status, said.splitlines()[-1]) == (0, "All of it holds."), said

    def test_speaks_the_terms_of_its_standard_and_says_nothing_of_the_person(self, visitor: Browser, path: str, clock: Clock) -> None:
        self.keep(clock)
        text = press(visitor, path, "receipt", "provide_service").text
        receipt = json.loads(text)["receipt"]
        assert not any(value in text for value in AN.values().values())
        assert set(receipt) == {"@context", "@type", "format", "dcterms:conformsTo", "record", "notice", "processing", "party", "event", "said"}
        assert receipt["format"] == "camket receipt v2"
        assert receipt["record"]["schema_version"] == "ISO/IEC TS 27560:2023"
        assert receipt["event"][0]["@type"] == "dpv:ConsentGiven"
        assert receipt["processing"]["purpose"] == "provide_service"
        assert receipt["notice"]["wording"].startswith("Tôi đồng ý")

    def test_has_every_field_that_the_standard_makes_mandatory(self, visitor: Browser, path: str, clock: Clock, settings: Any) -> None:
        settings.CAMKET_STORED_IN = ("VN", "SG")
        self.keep(clock)
        receipt = json.loads(press(visitor, path, "receipt", "provide_service").text)["receipt"]
        controller = editions.policy_in_force().controller
        assert controller is not None
        party, processing, (event,) = receipt["party"], receipt["processing"], receipt["event"]
        assert (party["name"], party["address"]) == (controller.name, controller.address)
        assert party["contact"] == "http://localhost:8000/vi/contact"
        assert party["party_id"] == "http://localhost:8000/vi/policy/editions/1#recipient-controller"
        assert (processing["jurisdiction"], processing["regime"]) == ("VN", "vn-2026")
        assert processing["storage_locations"] == ["VN", "SG"]
        assert event["entity_id"] == receipt["record"]["pii_principal_id"]
        assert (event["event_type"], event["validity"]) == ("dpv:ExpressedConsent", "cho đến khi quý khách rút lại")
        assert receipt["record"]["record_id"] == event["id"]
        assert all(receipt["notice"][name] for name in ("policy", "language", "wording"))
        assert processing["withdrawal"]
        assert processing["storage_duration"]["keep"] == "P30D"

    def test_names_each_thing_by_its_id_and_by_the_vocabularys_term(self, visitor: Browser, path: str, clock: Clock) -> None:
        self.keep(clock)
        processing = json.loads(press(visitor, path, "receipt", "provide_service").text)["receipt"]["processing"]
        own = json.loads(editions.dpv(EditionNumber(1), "vi"))
        named = {one["@id"]: one["@type"] for one in (*own["dpv:hasPersonalData"], *own["dpv:hasRecipient"])}
        for ids, nodes in ((processing["pii_categories"], "dpv:hasPersonalData"), (processing["recipients"], "dpv:hasRecipient")):
            assert [one["dcterms:identifier"] for one in processing[nodes]] == ids
            assert all(named[one["@id"]] == one["@type"] for one in processing[nodes])
        assert {"pd:Name", "pd:EmailAddress", "pd:TelephoneNumber", "pd:PhysicalAddress"} <= {
            one["@type"] for one in processing["dpv:hasPersonalData"]
        }
        (process,) = (one for one in own["dpv:hasProcess"] if one["dpv:hasPurpose"]["@id"] == processing["dpv:hasPurpose"]["@id"])
        assert processing["dpv:hasPurpose"]["skos:broader"] == process["dpv:hasPurpose"]["skos:broader"] == {"@id": "dpv:ServiceProvision"}

    def test_is_read_as_linked_data_without_the_network(self, visitor: Browser, path: str, clock: Clock, settings: Any) -> None:
        settings.CAMKET_STORED_IN = ("VN",)
        self.keep(clock)
        (found,) = jsonld.expand(json.loads(press(visitor, path, "receipt").text)["receipt"], {"documentLoader": no_network})
        assert found["@type"] == ["https://w3id.org/dpv#ConsentRecord"]
        (processing,) = found["urn:camket:terms:processing"]
        (condition, _) = processing["https://w3id.org/dpv#hasStorageCondition"]
        assert condition["https://w3id.org/dpv#hasLocation"] == [{"@id": "https://w3id.org/dpv/loc#VN"}]

    def test_of_the_first_shape_still_holds(self, visitor: Browser, path: str, clock: Clock, tmp_path: Path) -> None:
        self.keep(clock)
        found = json.loads(press(visitor, path, "receipt").text)
        found["receipt"] = first_shape(found["receipt"])
        file = tmp_path / "first-shape.json"
        file.write_text(json.dumps(found) + "\n", "utf-8")
        status, said = verdict(file, key=signing.public_key_bytes())
        assert (status, said.splitlines()[-1]) == (0, "All of it holds."), said

    @pytest.mark.parametrize(
        "forged",
        [
            lambda found: found["receipt"]["said"].update(purpose="notify"),
            lambda found: found["receipt"]["notice"].update(wording="Tôi đồng ý với mọi điều."),
            lambda found: found["receipt"]["said"].update(at="2020-01-01T00:00:00.000000Z"),
            lambda found: found["receipt"]["notice"].update(edition=99),
            lambda found: found["receipt"]["notice"].update(language="en"),
            lambda found: found["receipt"]["notice"].update(wording_hash="00" * 32),
            lambda found: found["receipt"]["processing"].update(purpose="advertise"),
            lambda found: found["receipt"]["record"].update(pii_principal_id="11111111-1111-4111-8111-111111111111"),
            lambda found: found["receipt"]["event"][-1].update({"@type": "dpv:ConsentWithdrawn"}),
            lambda found: found["receipt"]["event"][-1].update(channel="phone"),
            lambda found: found["receipt"]["event"].clear(),
            lambda found: found["receipt"]["event"][-1].update(entity_id="11111111-1111-4111-8111-111111111111"),
            lambda found: found["receipt"]["processing"]["dpv:hasPurpose"].update({"dcterms:identifier": "advertise"}),
            lambda found: found["receipt"].update(format="camket receipt v9"),
            lambda found: found["receipt"]["event"][-1].update(at="2030-01-01T00:00:00+00:00"),
            lambda found: found["receipt"]["event"][-1].update(at=found["receipt"]["event"][-1]["at"].replace("+00:00", "-11:00")),
            lambda found: found["receipt"]["processing"]["dpv:hasPurpose"].update(
                {"@id": "https://example.vn/vi/policy/editions/1#purpose-advertise"}
            ),
        ],
    )
    def test_that_says_more_than_the_journal_is_found_out(
        self, visitor: Browser, path: str, clock: Clock, tmp_path: Path, forged: Callable[[Any], None]
    ) -> None:
        self.keep(clock)
        found = json.loads(press(visitor, path, "receipt").text)
        forged(found)
        file = tmp_path / "forged.json"
        file.write_text(json.dumps(found) + "\n", "utf-8")
        assert verdict(file, key=signing.public_key_bytes())[0] == 1
        assert VERIFIER.exists()

    @pytest.mark.parametrize(
        "written",
        [
            lambda line: line.replace('"wording": "', '"wording": "Tôi đồng ý với mọi điều.", "wording": "', 1),
            lambda line: line + line.replace('"receipt"', '"another"', 1),
            lambda line: line + "Tôi đồng ý với mọi điều.\n",
        ],
    )
    def test_in_which_two_readers_find_two_things_is_found_out(
        self, visitor: Browser, path: str, clock: Clock, tmp_path: Path, written: Callable[[str], str]
    ) -> None:
        """One reader takes the first of two, another the last; and whoever looks into the file reads on where the program stopped."""
        self.keep(clock)
        line = press(visitor, path, "receipt").text
        file = tmp_path / "two.json"
        file.write_text(written(line), "utf-8")
        assert file.read_text("utf-8") != line
        assert verdict(file, key=signing.public_key_bytes())[0] == 1

    @pytest.mark.parametrize("forged", [{}, {"said_on": "2026-11-20"}, {"said_in": "CK-0000-0000"}])
    def test_of_what_a_colleague_took_down_says_when_and_where_it_was_said(
        self, visitor: Browser, path: str, clock: Clock, tmp_path: Path, forged: dict[str, str]
    ) -> None:
        reference, today = inquiry().reference, day_of(clock.now)
        intake.withdraw_consent(
            reference=reference, purpose=PurposeId("provide_service"), channel="post", said_in=reference, actor=STAFF, now=clock.now
        )
        self.keep(clock)
        found = json.loads(press(visitor, path, "receipt", "provide_service").text)
        yes, no = found["receipt"]["event"]
        assert (no["said_on"], no["said_in"]) == (today.isoformat(), reference)
        assert "said_on" not in yes
        no.update(forged)
        file = tmp_path / "by-word.json"
        file.write_text(json.dumps(found) + "\n", "utf-8")
        assert verdict(file, key=signing.public_key_bytes())[0] == bool(forged)

    @pytest.mark.parametrize("purpose", ["notify", "", "nonsense"])
    def test_of_what_was_never_asked_is_none(self, visitor: Browser, path: str, purpose: str) -> None:
        assert press(visitor, path, "receipt", purpose).status == 410
