"""A house is lost and restored: what was kept is there again, what was erased is not, and nothing opens without its keys."""

import re
import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyrage
import pytest

from tests.attaching import PDF, PNG, File, padded
from tests.cast import AN, BINH, CHI, KE_LA
from tests.journeys.canaries import leaks_below
from tests.journeys.house import House, link_in, running
from tests.journeys.test_life_of_a_contact import act, told, write_to_us
from tests.journeys.visitor import Visitor

NewHome = Callable[[], Mapping[str, str]]
MAIL = {"CAMKET_CONTROLLER_EMAIL": "lienhe@example.vn"}


CONTRACT = File("Hợp đồng số 7.pdf", padded(PDF, 3_000_000))


def filled(house: House) -> tuple[str, str]:
    """An and Bình write to the house, An with files; their references."""
    stranger = Visitor(house.url)
    an, _ = told(write_to_us(stranger, CONTRACT, File("ảnh.png", PNG), **AN.values("full_name", "email", "phone", "message")))
    binh, _ = told(write_to_us(stranger, **BINH.values("full_name", "email", "phone", "message")))
    return an, binh


def link_for(house: House, command: str) -> str:
    """The path of a sign-in link for Chi that a command prints."""
    words = ("--role", "adviser", "--name", "Chi") if command == "add" else ()
    return link_in(house.camket("staff", command, CHI.email, *words), "/sign-in/")


def adviser(house: House, command: str) -> Visitor:
    """Chi at her desk, signed in by a link that a command prints."""
    chi = Visitor(house.url)
    assert chi.submit(chi.get(link_for(house, command)), {}).status == 200
    return chi


def is_let_in(house: House, secret: str) -> bool:
    """Whether a program gets past the door with its token; what it sends is refused."""
    status = Visitor(house.url).request("POST", "/api/v1/inquiries", b"{}", Content_Type="application/json", Authorization=f"Bearer {secret}").status
    assert status in (401, 422)
    return status == 422


def contract_of(chi: Visitor, reference: str) -> bytes:
    """What comes of the first file of an inquiry."""
    links = re.findall(rf"/vi/console/inquiries/{reference}/files/[0-9a-f-]{{36}}", chi.get(f"/vi/console/inquiries/{reference}").text)
    assert len(links) == 2
    return chi.get(links[0]).text.encode()


def erase(house: House, reference: str) -> None:
    """Resolve an inquiry, and erase it as if its time had come."""
    act(adviser(house, "link"), reference, act="resolve")
    later = (datetime.now(UTC) + timedelta(days=92)).strftime("%Y-%m-%dT%H:%M:%SZ")  # the processes under test live in the present
    house.camket("retention", "run", "--at", later, "--without-letter")


def on_medium(environment: Mapping[str, str]) -> Path:
    """The folder of checkpoints and ledger: in life it stands on another medium, and outlives the house."""
    return Path(environment["CAMKET_HOME"]) / "checkpoints"


@pytest.mark.slow
@pytest.mark.clause("4.7")
class TestAHouseThatIsLost:
    def test_is_restored_with_what_was_kept_and_without_what_was_erased_since(self, new_home: NewHome, tmp_path: Path) -> None:
        with running(new_home(), **MAIL) as house:
            an, binh = filled(house)
            stranger, _ = told(write_to_us(Visitor(house.url), **KE_LA.values("full_name", "email", "message")))
            chi = adviser(house, "add")
            unused = link_for(house, "link")
            secret = house.camket("token", "add", "shop", "--scope", "inquiries:write").strip()
            assert is_let_in(house, secret)
            house.camket("backup", str(tmp_path / "data"))
            house.camket("backup", "--keys", str(tmp_path / "keys"))
            house.camket("backup", str(tmp_path / "data"), status=1)
            erase(house, binh)
            act(chi, stranger, act="withdraw", purpose="advise", channel="phone")
        self.holds_no_word_of_anybody(tmp_path)
        lost = house.environment
        other = House(new_home(), **MAIL)
        shutil.copytree(on_medium(lost), on_medium(other.environment))
        restore = ("restore", str(tmp_path / "data"), "--keys", str(tmp_path / "keys"))
        other.camket(*restore, status=1)
        other.camket(*restore, "--accept-gap")
        assert other.camket_json("journal", "verify")["ok"] is True
        other.camket(*restore, "--accept-gap", status=1)
        other.start()
        try:
            assert not is_let_in(other, secret)
            back = Visitor(other.url)
            assert back.submit(back.get(unused), {}).status != 200
            back.cookies |= chi.cookies
            assert "sign-in" in back.get("/vi/console/").url
            chi = adviser(other, "link")
            inbox = chi.get("/vi/console/?show=all").words()
            assert stranger in inbox
            assert KE_LA.full_name not in inbox + chi.get(f"/vi/console/inquiries/{stranger}").words()
            assert AN.full_name in chi.get(f"/vi/console/inquiries/{an}").words()
            assert contract_of(chi, an) == CONTRACT.content
            assert BINH.full_name not in chi.get(f"/vi/console/inquiries/{binh}").words()
            found = chi.submit(chi.get("/vi/console/find"), {"query": BINH.email})
            assert binh not in found.words()
            assert "khôi phục" in chi.get("/vi/console/letters").words()
            told(write_to_us(Visitor(other.url), **AN.values("full_name", "email", "phone", "message")))
        finally:
            other.stop()
        assert other.camket_json("journal", "verify")["ok"] is True

    def holds_no_word_of_anybody(self, folder: Path) -> None:
        values = {name: getattr(person, name) for person in (AN, BINH) for name in ("full_name", "email", "message")}
        assert leaks_below([folder], values) == []

    @pytest.mark.whatever_database
    def test_is_not_opened_by_a_backup_alone_nor_without_its_medium(self, new_home: NewHome, tmp_path: Path) -> None:
        house = House(new_home())
        house.camket("demo", "--inquiries", "3")
        house.camket("backup", str(tmp_path / "data"))
        house.camket("backup", "--keys", str(tmp_path / "keys"))
        other = House(new_home())
        without_medium = self.refused(other, str(tmp_path / "data"), "--keys", str(tmp_path / "keys"))
        assert "ledger" in without_medium
        shutil.copytree(on_medium(house.environment), on_medium(other.environment), dirs_exist_ok=True)
        assert "epoch keys" in self.refused(other, str(tmp_path / "data"), "--accept-gap", status=3)
        strange = House(new_home())
        strange.camket("demo", "--inquiries", "1")
        assert "already" in self.refused(strange, str(tmp_path / "data"), "--keys", str(tmp_path / "keys"), "--accept-gap")

    def refused(self, house: House, *arguments: str, status: int = 1) -> str:
        """Try to restore, and return what was said."""
        return house.camket_said("restore", *arguments, status=status)

    @pytest.mark.whatever_database
    def test_is_sealed_for_one_key_and_refused_when_it_was_touched(self, new_home: NewHome, tmp_path: Path) -> None:
        key, other_key = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
        (tmp_path / "key").write_text(f"# made for this test\n{key}\n")
        (tmp_path / "other").write_text(f"{other_key}\n")
        house = House(new_home())
        house.camket("demo", "--inquiries", "3")
        house.camket("backup", str(tmp_path / "data"), "--to", str(key.to_public()))
        house.camket("backup", "--keys", str(tmp_path / "keys"), "--to", str(key.to_public()))
        house.camket("backup", str(tmp_path / "never"), "--to", "age1nobody", status=2)
        assert not (tmp_path / "never").exists()
        other = House(new_home())
        shutil.copytree(on_medium(house.environment), on_medium(other.environment))
        keys = ("--keys", str(tmp_path / "keys"), "--accept-gap")
        assert "--identity" in self.refused(other, str(tmp_path / "data"), *keys)
        assert "not sealed for this key" in self.refused(other, str(tmp_path / "data"), *keys, "--identity", str(tmp_path / "other"))
        touched = bytearray((tmp_path / "data").read_bytes())
        touched[len(touched) // 2] ^= 1
        (tmp_path / "touched").write_bytes(touched)
        assert "not whole" in self.refused(other, str(tmp_path / "touched"), *keys, "--identity", str(tmp_path / "key"))
        (tmp_path / "short").write_bytes((tmp_path / "data").read_bytes()[:-1000])
        assert "not whole" in self.refused(other, str(tmp_path / "short"), *keys, "--identity", str(tmp_path / "key"))
        other.camket("restore", str(tmp_path / "data"), *keys, "--identity", str(tmp_path / "key"))
        assert other.camket_json("journal", "verify")["ok"] is True

    @pytest.mark.postgres
    def test_moves_from_one_kind_of_database_to_the_other_and_back(self, new_home: NewHome, tmp_path: Path) -> None:
        with running(new_home(), **MAIL) as house:
            an, _ = filled(house)
            house.camket("backup", str(tmp_path / "data"))
            house.camket("backup", "--keys", str(tmp_path / "keys"))
        embedded = {name: value for name, value in new_home().items() if "DATABASE" not in name}
        moved = self.moved(house, House(embedded, **MAIL), tmp_path, "")
        moved.camket("backup", str(tmp_path / "data-2"))
        moved.camket("backup", "--keys", str(tmp_path / "keys-2"))
        back = self.moved(moved, House(new_home(), **MAIL), tmp_path, "-2")
        back.start()
        try:
            chi = adviser(back, "add")
            assert AN.full_name in chi.get(f"/vi/console/inquiries/{an}").words()
            assert contract_of(chi, an) == CONTRACT.content
        finally:
            back.stop()

    def moved(self, house: House, other: House, folder: Path, which: str) -> House:
        """Restore a house's backup in another home, with the medium it had."""
        shutil.copytree(on_medium(house.environment), on_medium(other.environment))
        other.camket("restore", str(folder / f"data{which}"), "--keys", str(folder / f"keys{which}"), "--accept-gap")
        assert other.camket_json("journal", "verify")["ok"] is True
        return other
