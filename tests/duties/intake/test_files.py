"""Files that come with an inquiry: kept as what they are, sealed, opened by whom a clause lets, and gone with their matter."""

import base64
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings as configured
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from camket.access.codes import claim_code
from camket.duties.intake import actions as intake
from camket.duties.intake import queries, rules
from camket.duties.intake.models import Inquiry, Message
from camket.duties.publishing import actions as publishing
from camket.duties.publishing.queries import read_regime
from camket.duties.retention import actions as retention
from camket.duties.retention import queries as certificates
from camket.editions import queries as editions
from camket.journal.models import JournalEntry
from camket.policy.files import FileKind
from camket.policy.terms import ABUSE, ADVISE, ADVISER, AUDITOR, OPERATOR, PRIVACY_OFFICER, SUBJECT, SYSTEM, VISITOR, Actor, EditionNumber
from camket.vault import gate, seal
from camket.vault.gate import erasing
from camket.vault.keys.models import MatterKey
from camket.vault.models import File as StoredFile
from camket.vault.models import Record
from tests.attaching import JPEG, PDF, PNG, TEXT, WEBP, File, padded
from tests.cast import AN, BINH
from tests.duties.intake.conftest import Receive
from tests.duties.publishing.conftest import change

pytestmark = pytest.mark.clause("1.2")

CANARY = "hoàng-yến-trong-tệp-4731"
THREE = (File("Báo giá.pdf", PDF), File("ảnh chụp", padded(PNG, 4000)), File("nhật ký.log", f"{CANARY}\n".encode()))
DAY = timedelta(days=1)


def inquiry_of(received: intake.Received) -> Inquiry:
    return Inquiry.objects.get(reference=received.reference)


def page_of(received: intake.Received, actor: Actor, now: datetime) -> queries.InquiryPage:
    return queries.inquiry_page(reference=received.reference, actor=actor, now=now)


def opened(received: intake.Received, file_id: UUID, actor: Actor, now: datetime) -> tuple[str, bytes]:
    found = intake.open_file(reference=received.reference, file_id=file_id, actor=actor, now=now)
    return found.name.reveal(), found.content.reveal()


def acts() -> list[str]:
    return list(JournalEntry.objects.order_by("id").values_list("act", flat=True))


class TestAFile:
    def test_is_kept_under_the_name_of_what_it_is_and_comes_back_whole(self, receive: Receive, chi: Actor, now: datetime) -> None:
        received = receive(files=THREE)
        rows = page_of(received, chi, now).files
        assert [row.name.reveal() for row in rows] == ["Báo giá.pdf", "ảnh chụp.png", "nhật ký.log.txt"]
        assert [row.size for row in rows] == [len(one.content) for one in THREE]
        assert [opened(received, row.id, chi, now)[1] for row in rows] == [one.content for one in THREE]
        assert [one.kind for one in received.files] == [FileKind.PDF, FileKind.PNG, FileKind.TEXT]

    def test_is_no_message(self, receive: Receive, chi: Actor, now: datetime) -> None:
        received = receive(files=THREE)
        assert Message.objects.count() == 1
        assert [row.kind for row in page_of(received, chi, now).timeline] == ["message"]

    def test_lies_sealed_in_its_table(self, receive: Receive) -> None:
        receive(files=THREE)
        kept = b"".join(
            bytes(row) for row in [*StoredFile.objects.values_list("sealed", flat=True), *Record.objects.values_list("sealed", flat=True)]
        )
        for plain in (CANARY.encode(), PDF[:20], PNG[:16], "Báo giá".encode()):
            assert plain not in kept
            assert base64.b64encode(plain) not in kept

    def test_is_asked_of_the_policy_like_any_field(self, receive: Receive) -> None:
        receive(files=THREE[:1])
        entry = JournalEntry.objects.get(act="data.collected")
        assert b'"attachment"' in bytes(entry.payload or b"")

    @pytest.mark.parametrize("file", [File("a.pdf", PDF), File("a.jpg", JPEG), File("a.webp", WEBP), File("a.txt", TEXT)], ids=lambda file: file.name)
    def test_of_each_kind_is_taken(self, receive: Receive, file: File) -> None:
        (taken,) = receive(files=(file,)).files
        assert (taken.name, taken.content) == (file.name, file.content)

    @pytest.mark.parametrize(
        ("files", "code"),
        [
            ((File("a.png", b"<svg/>"),), "file_kind"),
            ((File("a.pdf", b""),), "file_empty"),
            ((File("a.pdf", padded(PDF, rules.MOST_FILE_BYTES + 1)),), "file_too_large"),
            ((File("a.pdf", PDF),) * 4, "too_many_files"),
            ((File("a.pdf", padded(PDF, 3 * rules.MEGABYTE)),) * 3, "files_too_large"),
        ],
        ids=["kind", "empty", "too large", "too many", "too large together"],
    )
    def test_that_cannot_be_taken_keeps_all_of_it_out(self, receive: Receive, files: tuple[File, ...], code: str) -> None:
        with pytest.raises(intake.Malformed) as refused:
            receive(files=files)
        assert {error.code for error in refused.value.errors} == {code}
        assert "a.pdf" not in repr(refused.value.errors) + str(refused.value)
        assert not Record.objects.exists()
        assert not StoredFile.objects.exists()

    @pytest.mark.parametrize("length", [rules.MOST_FILE_BYTES, 1])
    def test_of_exactly_the_limit_is_taken(self, receive: Receive, length: int) -> None:
        content = padded(PDF, length) if length > 1 else b"x"
        (taken,) = receive(files=(File("a", content),)).files
        assert len(taken.content) == length


class TestTheSameSending:
    def test_with_the_same_files_is_kept_once(self, receive: Receive) -> None:
        first, second = receive(files=THREE), receive(files=THREE)
        assert (first.reference, first.is_repeat, second.is_repeat) == (second.reference, False, True)
        assert [one.name for one in second.files] == [one.name for one in first.files]
        assert StoredFile.objects.count() == 3

    @pytest.mark.parametrize("files", [(), THREE[:2], (File("Báo giá.pdf", PDF + b"\n"), *THREE[1:]), (File("khác.pdf", PDF), *THREE[1:])])
    def test_with_others_is_refused(self, receive: Receive, files: tuple[File, ...]) -> None:
        receive(files=THREE)
        with pytest.raises(intake.SentDifferently):
            receive(files=files)
        assert StoredFile.objects.count() == 3


class TestOpeningAFile:
    def test_is_a_line_of_the_journal_each_time(self, receive: Receive, chi: Actor, now: datetime) -> None:
        received = receive(files=THREE[:1])
        (row,) = page_of(received, chi, now).files
        before = acts()
        opened(received, row.id, chi, now)
        opened(received, row.id, chi, now)
        assert acts()[len(before) :] == ["data.shown", "file.opened", "file.opened"]
        payload = bytes(JournalEntry.objects.filter(act="file.opened")[0].payload or b"")
        assert str(row.id).encode() in payload
        assert b"gi\xc3\xa1" not in payload

    @pytest.mark.parametrize("role", [ABUSE, AUDITOR, OPERATOR, PRIVACY_OFFICER, VISITOR])
    def test_is_not_for_a_role_without_a_clause(self, receive: Receive, chi: Actor, now: datetime, role: str) -> None:
        received = receive(files=THREE[:1])
        (row,) = page_of(received, chi, now).files
        with pytest.raises(intake.FileUnknown):
            opened(received, row.id, Actor(role=role, id=str(uuid4())), now)
        assert "file.opened" not in acts()

    def test_of_another_inquiry_is_not_there(self, receive: Receive, chi: Actor, now: datetime) -> None:
        mine, other = receive(files=THREE[:1]), receive(BINH.values("full_name", "email", "message"), nonce="2")
        (row,) = page_of(mine, chi, now).files
        for received, file_id in ((other, row.id), (mine, uuid4()), (mine, Record.objects.order_by("id")[0].id)):
            with pytest.raises(intake.FileUnknown):
                opened(received, file_id, chi, now)
        assert "file.opened" not in acts()

    def test_waits_like_its_inquiry_in_the_slow_lane(self, receive: Receive, chi: Actor, now: datetime) -> None:
        received = receive(files=THREE[:1], slow=True)
        (row,) = page_of(received, chi, now + rules.SLOW_LANE).files
        with pytest.raises(intake.FileUnknown):
            opened(received, row.id, chi, now)

    def test_is_refused_once_the_consent_is_taken_back(self, receive: Receive, chi: Actor, now: datetime) -> None:
        received = receive(files=THREE[:1])
        (row,) = page_of(received, chi, now).files
        intake.withdraw_consent(reference=received.reference, purpose=ADVISE, channel="phone", actor=chi, now=now)
        with pytest.raises(gate.Refused):
            opened(received, row.id, chi, now)
        assert acts()[-1] == "data.refused"

    def test_that_was_put_in_anothers_place_is_damage(self, receive: Receive, chi: Actor, now: datetime) -> None:
        received = receive(files=THREE)
        one, other, _ = page_of(received, chi, now).files
        sealed = {row.record_id: bytes(row.sealed) for row in StoredFile.objects.all()}
        StoredFile.objects.filter(record_id=one.id).update(sealed=sealed[other.id])
        with pytest.raises(gate.SealBroken):
            opened(received, one.id, chi, now)

    @pytest.mark.clause("8.5")
    def test_holds_under_a_later_edition_without_a_byte_sealed_again(self, receive: Receive, chi: Actor, now: datetime, tmp_path: Path) -> None:
        received = receive(files=THREE)
        rows, bytes_before = page_of(received, chi, now).files, dict(StoredFile.objects.values_list("record_id", "sealed"))
        came, subject = publish_edition_2(tmp_path, now), gate.SubjectId(inquiry_of(received).subject_id)
        fact = gate.ConsentFact(purpose=ADVISE, is_given=True, edition=EditionNumber(2), language="vi", wording_hash="ab" * 32, channel="link")
        person = Actor(role=SUBJECT)
        with transaction.atomic():
            gate.record_consents(subject=subject, facts=[fact], actor=person, now=came)
            assert gate.rebind(subject=subject, purpose=ADVISE, actor=person, now=came) == 5
        assert set(Record.objects.values_list("edition", flat=True)) == {2}
        assert {id: bytes(one) for id, one in bytes_before.items()} == {row.record_id: bytes(row.sealed) for row in StoredFile.objects.all()}
        assert [opened(received, row.id, chi, came)[1] for row in rows] == [one.content for one in THREE]


def publish_edition_2(folder: Path, now: datetime) -> datetime:
    """Bring a second edition into force that says the same, and return when."""
    shutil.copytree(Path(configured.CAMKET_POLICY) / "edition-1", folder / "edition-2")
    change(folder / "edition-2" / "edition.toml", "number = 1", "number = 2")
    regime, house = read_regime(Path(configured.CAMKET_REGIME_FILE)), Actor(role=SYSTEM)
    publishing.publish_edition(path=folder / "edition-2", regime=regime, actor=house, now=now)
    came = now + 20 * DAY
    publishing.enact_due(actor=house, now=came)
    return came


class TestAList:
    def test_of_inquiries_reads_no_file_and_costs_the_same(self, receive: Receive, chi: Actor, now: datetime) -> None:
        def statements() -> list[str]:
            queries.inbox(actor=chi, chosen=queries.InboxFilter(), now=now)
            with CaptureQueriesContext(connections["default"]) as main, CaptureQueriesContext(connections["keys"]) as keys:
                found = queries.inbox(actor=chi, chosen=queries.InboxFilter(), now=now)
            assert [row.excerpt.reveal() for row in found.rows if row.excerpt is not None] == [AN.message] * len(found.rows)
            return [one["sql"] for one in (*main.captured_queries, *keys.captured_queries)]

        receive(nonce="none")
        without = statements()
        for number in range(4):
            receive(nonce=f"with {number}", files=THREE)
        found = statements()
        assert len(found) == len(without)
        assert not any("vault_file" in sql for sql in found)

    def test_of_the_files_of_one_inquiry_reads_none_of_them(self, receive: Receive, chi: Actor, now: datetime) -> None:
        received, plain = receive(files=THREE), receive(nonce="none")
        for one, asked in ((received, 1), (plain, 0)):
            page_of(one, chi, now)
            with CaptureQueriesContext(connection) as captured:
                page_of(one, chi, now)
            mine = [one["sql"] for one in captured.captured_queries if "vault_file" in one["sql"]]
            assert len(mine) == asked
            assert all("length(sealed)" in sql for sql in mine)


class TestTheEnd:
    @pytest.fixture
    def erased(self, receive: Receive, chi: Actor, now: datetime) -> intake.Received:
        """An inquiry with files whose time is over: its key is destroyed, and nothing is collected yet."""
        received = receive(files=THREE)
        intake.resolve_inquiry(reference=received.reference, actor=chi, now=now)
        retention.plan(now=now)
        due = now + 100 * DAY
        for one in retention.take_erasures(worker="w", now=due):
            assert retention.carry_out(erasure=one, worker="w", is_mail_running=False, now=due)
        return received

    @pytest.mark.clause("4.7")
    def test_leaves_files_that_nothing_opens_and_then_none(self, erased: intake.Received, chi: Actor, now: datetime) -> None:
        assert not MatterKey.objects.exists()
        assert StoredFile.objects.count() == 3
        file_id = StoredFile.objects.values_list("record_id", flat=True)[0]
        with pytest.raises(gate.Refused, match="erased"):
            opened(erased, file_id, chi, now + 100 * DAY)
        gate.collect_ended(matters=retention.uncollected(), now=now + 100 * DAY)
        assert not StoredFile.objects.exists()
        assert not Record.objects.exists()

    def test_is_collected_a_few_files_at_a_time_so_that_others_write_meanwhile(
        self, erased: intake.Received, now: datetime, monkeypatch: Any
    ) -> None:
        """SQLite overwrites what it deletes, and the log of one act is as long as all of it: five hundred matters would be gigabytes."""
        monkeypatch.setattr(erasing, "_FILES_AT_ONCE", 2)
        with CaptureQueriesContext(connection) as captured:
            gate.collect_ended(matters=retention.uncollected(), now=now + 100 * DAY)
        asked = [one["sql"] for one in captured.captured_queries]
        deletions = [at for at, sql in enumerate(asked) if sql.startswith('DELETE FROM "vault_file" WHERE "vault_file"."record_id" IN')]
        assert len(deletions) == 2
        assert all(asked[at + 1].startswith(("RELEASE SAVEPOINT", "COMMIT")) for at in deletions)
        assert not StoredFile.objects.exists()

    def test_leaves_the_files_of_the_living(self, receive: Receive, now: datetime) -> None:
        received = receive(files=THREE)
        assert gate.collect_ended(matters=[gate.MatterId(inquiry_of(received).matter_id)], now=now) == 0
        assert StoredFile.objects.count() == 3

    def test_is_certified_with_the_field_by_its_name(self, erased: intake.Received) -> None:
        (row,) = certificates.certificates(code=claim_code(inquiry_of(erased).subject_id))
        assert "attachment" in row.fields
        assert row.records == 5

    def test_without_files_is_certified_without_the_field(self, receive: Receive, chi: Actor, now: datetime) -> None:
        received = receive()
        rows = gate.matter_rows([gate.MatterId(inquiry_of(received).matter_id)])
        assert "attachment" not in rows[0].field_names


class TestTheShape:
    def test_has_a_place_for_files_where_the_edition_lets_a_visitor_give_any(self, house: None) -> None:
        policy = editions.policy_in_force()
        shape = rules.form_shape(policy, role=VISITOR)
        assert shape.file is not None
        assert shape.file.rule.name == "attachment"
        assert "attachment" not in shape.names()
        assert rules.form_shape(policy, role=AUDITOR).file is None
        assert rules.form_shape(policy, role=ADVISER).file is not None

    def test_without_one_takes_none(self) -> None:
        bare = rules.FormShape(fields=(), consents=())
        assert rules.check_files(bare, []) == ((), [])
        assert [one.code for one in rules.check_files(bare, [rules.SentFile(name="a", content=b"a", size=1)])[1]] == ["unknown_field"]


ids = st.uuids()
PLACES = st.builds(seal.Place, subject=st.none() | ids, matter=ids, record=ids, collection=st.just("message"), edition=st.integers(1, 9))


class TestASealedFile:
    @given(key=st.binary(min_size=32, max_size=32), place=PLACES, other=PLACES, content=st.binary(max_size=200))
    def test_opens_in_its_own_place_only(self, key: bytes, place: seal.Place, other: seal.Place, content: bytes) -> None:
        sealed = seal.seal_file(key, place, content)
        assert seal.open_file(key, place, sealed) == content
        assert len(sealed) == len(content) + seal.OVERHEAD_BYTES
        for part in ("subject", "matter", "record"):
            parts = {name: getattr(place, name) for name in ("subject", "matter", "record", "collection", "edition")}
            if (theirs := getattr(other, part)) != parts[part]:
                with pytest.raises(seal.SealBroken):
                    seal.open_file(key, seal.Place(**{**parts, part: theirs}), sealed)

    @given(key=st.binary(min_size=32, max_size=32), place=PLACES)
    def test_never_opens_as_a_record_nor_a_record_as_it(self, key: bytes, place: seal.Place) -> None:
        with pytest.raises(seal.SealBroken):
            seal.open_record(key, place, seal.seal_file(key, place, b"{}"))
        with pytest.raises(seal.SealBroken):
            seal.open_file(key, place, seal.seal_record(key, place, {}))

    def test_is_printed_by_nothing(self) -> None:
        held = gate.SealedBytes(CANARY.encode())
        assert CANARY not in repr(held)
        for act in (str, bytes, len, bool, list):
            with pytest.raises(TypeError):
                act(held)
