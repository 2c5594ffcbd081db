"""What is signed can be checked: by whoever reads a page, with the documented programs, and by the house before it shows one."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidSignature

from camket.access.codes import claim_code, claim_hash
from camket.duties.publishing import actions as publishing
from camket.duties.retention.models import Certificate
from camket.editions.queries import forget_cached
from camket.journal import published
from camket.policy.regimes import Regime
from tests.cast import AN
from tests.duties.publishing.conftest import OFFICER
from tests.duties.publishing.test_coming_into_force import next_edition
from tests.editions.tampering import by_force
from tests.house.tree import ROOT
from tests.web.browsing import Browser, Clock, Program

DOCUMENT = ROOT / "docs" / "verifying.md"
SUBJECT = UUID("0190d3a8-0000-7000-8000-000000000001")


@pytest.fixture(autouse=True)
def signed_here(house: None) -> Iterator[None]:
    """Remember no signature that another test's key made."""
    forget_cached()
    yield
    forget_cached()


@pytest.fixture
def program() -> SimpleNamespace:
    """Run the document's own programs."""
    (code,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(code, str(DOCUMENT), "exec"), names)  # noqa: S102  # the document's own words are what is tested
    return SimpleNamespace(**names)


def shown(page: str, label: str) -> str:
    """Return the value that a page shows under a label."""
    found = re.search(rf"<dt>{re.escape(label)}</dt><dd><code>([0-9a-f]+)</code>", page)
    assert found is not None, label
    return found[1]


class TestThePolicyPage:
    @pytest.mark.clause("8.1")
    def test_shows_what_the_documented_program_needs_to_check_the_edition(self, visitor: Browser, program: SimpleNamespace) -> None:
        page = visitor.get("/en/policy").text
        halves = re.findall(r'href="(/en/policy/editions/1\.(?:md|json))"', page)
        text, compiled = (visitor.get(address).text for address in halves)
        signature, key = shown(page, "Signature"), shown(page, "Public key (Ed25519)")
        assert program.check_edition(text, compiled, signature, key) == shown(page, "Fingerprint (SHA-256)")
        with pytest.raises(InvalidSignature):
            program.check_edition(text.replace("15", "5"), compiled, signature, key)
        with pytest.raises(InvalidSignature):
            program.check_edition(text, compiled.replace('"notice_days":15', '"notice_days":5'), signature, key)
        with pytest.raises(InvalidSignature):
            program.check_edition(text, compiled, signature, "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8")

    def test_gives_the_authoritative_text_as_it_was_published(self, visitor: Browser) -> None:
        page = visitor.get("/en/policy/editions/1.md")
        assert page.headers["content-type"] == "text/markdown; charset=utf-8"
        assert page.text == (ROOT / "policies" / "wesoft" / "edition-1" / "policy.vi.md").read_text("utf-8")
        assert visitor.get("/en/policy/editions/9.md").status == 404

    @pytest.fixture
    def in_twenty_days(self, clock: Clock, regime: Regime, tmp_path: Path) -> str:
        """Publish edition 2 for an instant to come, and return the instant."""
        draft = tmp_path / "drafts" / "edition-1"
        shutil.copytree(ROOT / "policies" / "wesoft" / "edition-1", draft)
        at = clock.now + timedelta(days=20)
        publishing.publish_edition(path=next_edition(draft, 2), regime=regime, actor=OFFICER, now=clock.now, at=at)
        return f"{at:%Y-%m-%dT%H:%M:%SZ}"

    @pytest.mark.clause("8.2")
    @pytest.mark.parametrize(("language", "waits"), [("vi", "chưa có hiệu lực"), ("en", "not in force yet")])
    def test_announces_the_edition_that_is_to_come(self, visitor: Browser, in_twenty_days: str, language: str, waits: str) -> None:
        now_in_force, to_come = visitor.get(f"/{language}/policy"), visitor.get(f"/{language}/policy/editions/2")
        assert f'href="/{language}/policy/editions/2"' in now_in_force.text
        assert in_twenty_days in now_in_force.text
        assert waits not in now_in_force.words()
        assert waits in to_come.words()
        assert in_twenty_days in to_come.text


@pytest.mark.clause("4.6")
class TestACertificate:
    @pytest.fixture
    def code(self, clock: Clock) -> str:
        """The claim code of a matter that was erased."""
        code = claim_code(SUBJECT)
        Certificate.objects.create(
            matter_id=SUBJECT,
            subject_id=SUBJECT,
            claim_hash=claim_hash(code),
            reference="CK-7Q2M-4XJD",
            editions=[1],
            clauses=["4.1", "4.3"],
            fields=["email", "full_name"],
            records=2,
            letters=1,
            erased_at=clock.now,
            collected_at=clock.now,
        )
        return code

    def test_as_json_is_checked_by_the_documented_program(self, visitor: Browser, program: SimpleNamespace, code: str) -> None:
        page = visitor.submit(visitor.get("/en/certificate"), {"claim_code": code})
        (certificate,) = json.loads(visitor.submit(page, {"claim_code": code, "as": "json"}).text)["certificates"]
        assert certificate["public_key"] == shown(page.text, "Public key (Ed25519)")
        program.check_certificate(certificate, certificate["public_key"])
        with pytest.raises(InvalidSignature):
            program.check_certificate({**certificate, "records": 3}, certificate["public_key"])
        with pytest.raises(InvalidSignature):
            program.check_certificate({name: value for name, value in certificate.items() if name != "letters"}, certificate["public_key"])


@pytest.mark.clause("7.2", "8.1")
class TestATamperedEdition:
    @pytest.fixture(autouse=True)
    def tampered(self, signed_here: None) -> None:
        by_force("UPDATE editions_edition SET text = replace(text, '15', '5')")

    @pytest.mark.parametrize(("language", "sentence"), [("en", "not the one that we signed"), ("vi", "không phải bản chúng tôi đã ký")])
    @pytest.mark.parametrize("path", ["", "policy", "contact", "policy/editions/1", "policy/editions/1.md", "policy/editions/1.json"])
    def test_is_not_shown_and_takes_nothing_in(self, visitor: Browser, language: str, sentence: str, path: str) -> None:
        page = visitor.get(f"/{language}/{path}")
        assert page.status == 503
        assert sentence in page.words()
        assert "camket doctor" in page.words()
        assert page.headers["cache-control"] == "no-store"

    def test_refuses_programs_in_their_own_tongue(self, new_program: Callable[..., Program]) -> None:
        status, answer = new_program().call({"fields": AN.values("full_name", "email"), "message": AN.message, "consents": ["advise"]})
        assert (status, answer["error"]) == (503, "http_503")

    def test_leaves_the_pages_that_need_none(self, visitor: Browser) -> None:
        assert visitor.get("/en/certificate").status == 200
        assert visitor.get("/healthz").status == 200
        assert json.loads(visitor.get("/readyz").text)["edition"] is False


class TestTheDocument:
    def test_knows_every_fault_of_an_edition_and_no_other(self) -> None:
        sources = [Path(published.__file__), Path(published.__file__).parents[1] / "editions" / "genuine.py"]
        used = {
            code for source in sources for code in re.findall(r'"((?:edition|translation|enactment|correction)_[a-z]+)"', source.read_text("utf-8"))
        }
        told = set(re.findall(r"^\| `([a-z_]+)` \|", DOCUMENT.read_text("utf-8"), re.MULTILINE))
        assert told == used
        assert len(used) == 9
