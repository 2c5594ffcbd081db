"""A receipt's own words: in the language in which was agreed, and marked so for whoever reads it as linked data."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from pyld import jsonld

from camket.policy.receipts import Agreed, Said, receipt, wording_hash
from camket.policy.terms import PurposeId
from tests.policy.sample import sample_policy
from tests.policy.test_dpv import no_network

PURPOSE = PurposeId("advise")
OURS = "urn:camket:terms:"


@pytest.fixture
def agreed() -> Agreed:
    """A yes to the sample edition, in Vietnamese."""
    policy = sample_policy()
    return Agreed(
        subject=UUID(int=1),
        reference="CK-1",
        purpose=PURPOSE,
        policy=policy,
        edition_hash="00" * 32,
        language="vi",
        wording_hash=wording_hash(policy.consent_wording(PURPOSE, "vi")),
        policy_address="https://example.vn/vi/policy/editions/1",
        contact="https://example.vn/vi/contact",
        stored_in=("VN",),
        said=(Said(id=UUID(int=2), is_given=True, at=datetime(2026, 11, 23, 5, tzinfo=UTC), channel="form"),),
        journaled={},
    )


class TestTheWordsOfAReceipt:
    @pytest.mark.parametrize(("language", "validity"), [("vi", "cho đến khi quý khách rút lại"), ("en", "until you take it back")])
    def test_are_in_the_language_in_which_was_agreed(self, agreed: Agreed, language: str, validity: str) -> None:
        found = receipt(replace(agreed, language=language))
        assert found["processing"]["validity"] == found["event"][0]["validity"] == validity
        (whole,) = jsonld.expand(found, {"documentLoader": no_network})
        (processing,) = whole[f"{OURS}processing"]
        for name in ("validity", "withdrawal", "label"):
            (words,) = processing[f"{OURS}{name}"]
            assert (words["@value"], words["@language"]) == (found["processing"][name], language)
        assert "@language" not in processing[f"{OURS}purpose"][0]

    def test_are_english_where_the_house_has_no_others(self, agreed: Agreed) -> None:
        found = receipt(replace(agreed, language="fr"))
        assert found["processing"]["validity"] == "until you take it back"
        assert found["@context"]["validity"]["@language"] == "en"

    def test_say_on_which_day_a_colleague_was_told_and_where_that_stands(self, agreed: Agreed) -> None:
        by_word = replace(agreed.said[0], channel="phone", said_on=date(2026, 11, 20), said_in="CK-7Q2M-4XJD")
        (plain,), (told,) = (receipt(replace(agreed, said=(one,)))["event"] for one in (agreed.said[0], by_word))
        assert set(told) - set(plain) == {"said_on", "said_in"}
        (whole,) = jsonld.expand(receipt(replace(agreed, said=(by_word,))), {"documentLoader": no_network})
        (event,) = whole[f"{OURS}event"]
        assert event[f"{OURS}said_on"] == [{"@type": "http://www.w3.org/2001/XMLSchema#date", "@value": "2026-11-20"}]

    def test_say_the_wording_in_its_own_language(self, agreed: Agreed) -> None:
        (whole,) = jsonld.expand(receipt(agreed), {"documentLoader": no_network})
        (words,) = whole[f"{OURS}notice"][0][f"{OURS}wording"]
        assert (words["@value"], words["@language"]) == (agreed.policy.consent_wording(PURPOSE, "vi"), "vi")
