"""Codes work once, passkeys answer one question, and what is moved to another account opens nothing."""

import base64
from datetime import datetime, timedelta
from uuid import uuid4

import pyotp
import pytest

from camket.access import factors
from camket.access.actions import (
    CONFIRM,
    SIGN_IN,
    CodeWrong,
    FactorNeeded,
    PasskeyRefused,
    PasskeyUnknown,
    SecondStepOver,
    SignInRefused,
    TooManyPasskeys,
    add_passkey,
    add_staff,
    begin_adding,
    begin_asking,
    begin_codes,
    check_code,
    check_passkey,
    check_password,
    confirm_by_passkey,
    confirm_codes,
    dismiss_staff,
    end_sessions,
    erase_staff,
    make_recovery_codes,
    remove_passkey,
    revoke_everything,
)
from camket.access.actions.sign_in_links import issue_sign_in_link, redeem_sign_in_link
from camket.access.actions.trying import NOWHERE
from camket.access.models import CodeGenerator, Passkey, RecoveryCode, SignInTry
from camket.access.queries import StaffRow, account_facts, waiting_setup
from camket.policy.terms import THE_HOUSE, Actor
from tests.access.authenticator import Authenticator
from tests.access.conftest import PASSWORD, Journaled, add
from tests.access.seats import seat
from tests.cast import LAN


@pytest.fixture
def lan(db: None, operator: Actor, now: datetime) -> StaffRow:
    return add_staff(email=LAN.email, role=LAN.role, display_name=LAN.full_name, actor=operator, now=now)


def half_way(row: StaffRow, now: datetime) -> str:
    return check_password(email=row.email, password=PASSWORD, caller=NOWHERE, now=now)


def shown(device: Authenticator, now: datetime, *, purpose: str = SIGN_IN) -> dict[str, str]:
    ceremony = begin_asking(purpose=purpose, now=now)
    return {"ticket": ceremony.ticket, "answer": device.signed(ceremony.options)}


class TestAOneTimeCode:
    def test_signs_in_after_the_password_and_only_once(self, with_password: StaffRow, generator: str, now: datetime, journaled: Journaled) -> None:
        code = pyotp.TOTP(generator).at(now)
        signed = check_code(ticket=half_way(with_password, now), code=f" {code[:3]} {code[3:]}", caller=NOWHERE, now=now)
        assert (signed.row.id, signed.factor) == (with_password.id, "password_code")
        assert journaled()[-1] == ("staff.signed_in", "adviser")
        with pytest.raises(SignInRefused):
            check_code(ticket=half_way(with_password, now), code=code, caller=NOWHERE, now=now + timedelta(seconds=1))

    def test_of_an_earlier_half_minute_is_over_once_a_later_one_was_used(self, with_password: StaffRow, generator: str, now: datetime) -> None:
        check_code(ticket=half_way(with_password, now), code=pyotp.TOTP(generator).at(now), caller=NOWHERE, now=now)
        with pytest.raises(SignInRefused):
            check_code(ticket=half_way(with_password, now), code=pyotp.TOTP(generator).at(now - timedelta(seconds=30)), caller=NOWHERE, now=now)

    @pytest.mark.parametrize(("off", "is_taken"), [(-60, False), (-30, True), (30, True), (60, False)])
    def test_may_come_from_a_clock_that_is_half_a_minute_off(
        self, with_password: StaffRow, generator: str, now: datetime, *, off: int, is_taken: bool
    ) -> None:
        ticket, code = half_way(with_password, now), pyotp.TOTP(generator).at(now + timedelta(seconds=off))
        if is_taken:
            assert check_code(ticket=ticket, code=code, caller=NOWHERE, now=now)
        else:
            with pytest.raises(SignInRefused):
                check_code(ticket=ticket, code=code, caller=NOWHERE, now=now)

    @pytest.mark.parametrize("code", ["", "12345", "abcdef", "١٢٣٤٥٦", "0" * 5000, "\x00", "1234567"])
    def test_that_is_none_is_refused_and_no_fault_of_ours(self, with_password: StaffRow, now: datetime, code: str) -> None:
        with pytest.raises(SignInRefused):
            check_code(ticket=half_way(with_password, now), code=code, caller=NOWHERE, now=now)

    def test_of_an_app_that_was_never_confirmed_opens_nothing(self, chi: StaffRow, passkey: Authenticator, now: datetime) -> None:
        begin_codes(**seat(chi.id, now), now=now)
        assert account_facts(chi.id).generator is None
        for code in ("000000", ""):
            with pytest.raises(CodeWrong):
                confirm_codes(**seat(chi.id, now), code=code, now=now)

    def test_of_a_new_app_is_waited_for_a_quarter_of_an_hour(self, chi: StaffRow, now: datetime) -> None:
        begin_codes(**seat(chi.id, now), now=now)
        secret, later = waiting_setup(chi.id, now=now), now + timedelta(minutes=16)
        assert secret
        assert waiting_setup(chi.id, now=later) is None
        with pytest.raises(CodeWrong):
            confirm_codes(**seat(chi.id, later), code=pyotp.TOTP(secret).at(later), now=later)

    def test_of_the_old_app_works_until_the_new_one_is_confirmed(self, with_password: StaffRow, generator: str, now: datetime) -> None:
        begin_codes(**seat(with_password.id, now), now=now)
        assert check_code(ticket=half_way(with_password, now), code=pyotp.TOTP(generator).at(now), caller=NOWHERE, now=now)
        later = now + timedelta(minutes=1)
        secret = waiting_setup(with_password.id, now=later)
        assert secret
        confirm_codes(**seat(with_password.id, later), code=pyotp.TOTP(secret).at(later), now=later)
        last = later + timedelta(minutes=1)
        with pytest.raises(SignInRefused):
            check_code(ticket=half_way(with_password, last), code=pyotp.TOTP(generator).at(last), caller=NOWHERE, now=last)


class TestTheSecondStep:
    def test_is_over_after_five_minutes(self, with_password: StaffRow, generator: str, now: datetime) -> None:
        ticket, later = half_way(with_password, now), now + timedelta(minutes=5, seconds=1)
        with pytest.raises(SecondStepOver):
            check_code(ticket=ticket, code=pyotp.TOTP(generator).at(later), caller=NOWHERE, now=later)

    def test_is_over_once_sessions_are_ended(self, with_password: StaffRow, generator: str, now: datetime) -> None:
        ticket = half_way(with_password, now)
        end_sessions(staff_id=with_password.id, actor=THE_HOUSE, now=now)
        with pytest.raises(SecondStepOver):
            check_code(ticket=ticket, code=pyotp.TOTP(generator).at(now), caller=NOWHERE, now=now)

    def test_is_over_once_sessions_are_ended_while_its_code_is_looked_at(
        self, with_password: StaffRow, generator: str, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ticket = half_way(with_password, now)

        def meanwhile(**_: object) -> None:
            end_sessions(staff_id=with_password.id, actor=THE_HOUSE, now=now)

        monkeypatch.setattr("camket.access.actions.sign_in.spend_code_try", meanwhile)
        with pytest.raises(SecondStepOver):
            check_code(ticket=ticket, code=pyotp.TOTP(generator).at(now), caller=NOWHERE, now=now)

    @pytest.mark.parametrize("ticket", ["", "x", "a:b:c", "\x00" * 40])
    def test_needs_a_ticket_of_ours(self, with_password: StaffRow, now: datetime, ticket: str) -> None:
        with pytest.raises(SecondStepOver):
            check_code(ticket=ticket, code="000000", caller=NOWHERE, now=now)


class TestARecoveryCode:
    def test_works_once_however_it_is_typed(self, with_password: StaffRow, now: datetime) -> None:
        codes = make_recovery_codes(**seat(with_password.id, now), now=now)
        assert len(set(codes)) == 10
        typed = codes[0].lower().replace("-", " ")
        assert check_code(ticket=half_way(with_password, now), code=typed, caller=NOWHERE, now=now).factor == "password_recovery"
        assert account_facts(with_password.id).recovery_left == 9
        with pytest.raises(SignInRefused):
            check_code(ticket=half_way(with_password, now), code=codes[0], caller=NOWHERE, now=now)

    def test_of_an_older_sheet_opens_nothing(self, with_password: StaffRow, now: datetime) -> None:
        (old, *_), _new = (make_recovery_codes(**seat(with_password.id, now), now=now) for _ in range(2))
        with pytest.raises(SignInRefused):
            check_code(ticket=half_way(with_password, now), code=old, caller=NOWHERE, now=now)

    def test_is_kept_as_a_hash_bound_to_its_owner(self, chi: StaffRow, with_password: StaffRow, lan: StaffRow, now: datetime) -> None:
        theirs = make_recovery_codes(**seat(lan.id, now), now=now)
        RecoveryCode.objects.filter(staff_id=lan.id).update(staff_id=chi.id)
        with pytest.raises(SignInRefused):
            check_code(ticket=half_way(with_password, now), code=theirs[0], caller=NOWHERE, now=now)
        kept = b"".join(bytes(one) for one in RecoveryCode.objects.values_list("code_hash", flat=True))
        assert not any(code.replace("-", "").encode() in kept for code in theirs)


class TestAPasskey:
    def test_signs_in_alone_and_says_itself_whose_it_is(self, chi: StaffRow, passkey: Authenticator, now: datetime, journaled: Journaled) -> None:
        signed = check_passkey(**shown(passkey, now), caller=NOWHERE, now=now)
        assert (signed.row.id, signed.factor) == (chi.id, "passkey")
        assert journaled()[-1] == ("staff.signed_in", "adviser")
        assert account_facts(chi.id).passkeys[0].last_used_on == now.date()

    def test_answers_a_question_once(self, passkey: Authenticator, now: datetime) -> None:
        said = shown(passkey, now)
        check_passkey(**said, caller=NOWHERE, now=now)
        with pytest.raises(SignInRefused):
            check_passkey(**said, caller=NOWHERE, now=now)

    def test_answers_no_question_of_another_kind_or_day(self, passkey: Authenticator, now: datetime) -> None:
        for said, when in ((shown(passkey, now, purpose=CONFIRM), now), (shown(passkey, now), now + timedelta(minutes=11))):
            with pytest.raises(SignInRefused):
                check_passkey(**said, caller=NOWHERE, now=when)

    @pytest.mark.parametrize("origin", ["https://evil.example.com", "http://localhost:1", "https://localhost", "null"])
    def test_used_on_a_page_of_somebody_else_opens_nothing(self, passkey: Authenticator, now: datetime, origin: str) -> None:
        passkey.origin = origin
        with pytest.raises(SignInRefused):
            check_passkey(**shown(passkey, now), caller=NOWHERE, now=now)

    def test_without_a_finger_or_a_number_opens_nothing(self, passkey: Authenticator, now: datetime) -> None:
        passkey.is_verified = False
        with pytest.raises(SignInRefused):
            check_passkey(**shown(passkey, now), caller=NOWHERE, now=now)

    def test_signed_by_another_key_opens_nothing(self, passkey: Authenticator, now: datetime) -> None:
        other = Authenticator(user=passkey.user)
        with pytest.raises(SignInRefused):
            check_passkey(**shown(other, now), caller=NOWHERE, now=now)

    def test_whose_count_does_not_grow_was_copied(self, passkey: Authenticator, now: datetime) -> None:
        passkey.count = 7
        check_passkey(**shown(passkey, now), caller=NOWHERE, now=now)
        with pytest.raises(SignInRefused):
            check_passkey(**shown(passkey, now), caller=NOWHERE, now=now)
        passkey.count = 8
        assert check_passkey(**shown(passkey, now), caller=NOWHERE, now=now)

    @pytest.mark.parametrize(
        "answer",
        ["", "{}", "[]", "null", "x" * 20_000, '{"id": 1}', '{"rawId": "AA", "id": "AA", "type": "public-key", "response": {}}', "[" * 9_000, "\x00"],
    )
    def test_that_is_none_is_refused_and_no_fault_of_ours(self, passkey: Authenticator, now: datetime, answer: str) -> None:
        with pytest.raises(SignInRefused):
            check_passkey(ticket=begin_asking(purpose=SIGN_IN, now=now).ticket, answer=answer, caller=NOWHERE, now=now)

    def test_is_added_under_its_owners_ticket_alone(self, chi: StaffRow, lan: StaffRow, now: datetime) -> None:
        ceremony = begin_adding(staff_id=chi.id, account=chi.email, name="", known=(), now=now)
        answer = Authenticator().made(ceremony.options)
        with pytest.raises(PasskeyRefused):
            add_passkey(**seat(lan.id, now), name="", ticket=ceremony.ticket, answer=answer, now=now)
        add_passkey(**seat(chi.id, now), name="", ticket=ceremony.ticket, answer=answer, now=now)
        with pytest.raises(PasskeyRefused):
            add_passkey(**seat(chi.id, now), name="", ticket=ceremony.ticket, answer=answer, now=now)

    def test_is_one_of_ten_at_most(self, chi: StaffRow, now: datetime) -> None:
        for number in range(10):
            add(Authenticator(number=number), chi, now)
        with pytest.raises(TooManyPasskeys):
            add(Authenticator(number=10), chi, now)

    def test_of_somebody_else_cannot_be_taken_away_or_confirmed_with(
        self, chi: StaffRow, lan: StaffRow, passkey: Authenticator, now: datetime
    ) -> None:
        (row,) = account_facts(chi.id).passkeys
        with pytest.raises(PasskeyUnknown):
            remove_passkey(**seat(lan.id, now), passkey_id=row.id, now=now)
        with pytest.raises(SignInRefused):
            confirm_by_passkey(staff_id=lan.id, **shown(passkey, now, purpose=CONFIRM), caller=NOWHERE, now=now)
        confirm_by_passkey(staff_id=chi.id, **shown(passkey, now, purpose=CONFIRM), caller=NOWHERE, now=now)


class TestWhoeverWritesIntoTheDatabase:
    def test_signs_in_as_nobody_else_by_moving_a_passkey(self, chi: StaffRow, lan: StaffRow, passkey: Authenticator, now: datetime) -> None:
        Passkey.objects.update(staff_id=lan.id)
        for user in (chi.id.bytes, lan.id.bytes):
            passkey.user = user
            with pytest.raises(SignInRefused):
                check_passkey(**shown(passkey, now), caller=NOWHERE, now=now)
        Passkey.objects.update(staff_id=chi.id)
        passkey.user = chi.id.bytes
        assert check_passkey(**shown(passkey, now), caller=NOWHERE, now=now)

    def test_signs_in_as_nobody_by_a_key_of_their_own(self, chi: StaffRow, lan: StaffRow, passkey: Authenticator, now: datetime) -> None:
        theirs = Authenticator(number=2)
        add(theirs, lan, now)
        row = Passkey.objects.get(staff_id=lan.id)
        Passkey.objects.filter(staff_id=chi.id).update(public_key=bytes(row.public_key))
        theirs.number, theirs.user = 1, chi.id.bytes
        with pytest.raises(SignInRefused):
            check_passkey(**shown(theirs, now), caller=NOWHERE, now=now)

    def test_cannot_move_the_secret_of_codes(self, with_password: StaffRow, lan: StaffRow, generator: str, now: datetime) -> None:
        begin_codes(**seat(lan.id, now), now=now)
        secret = waiting_setup(lan.id, now=now)
        assert secret
        theirs = CodeGenerator.objects.get(staff_id=lan.id)
        hers = CodeGenerator.objects.get(staff_id=with_password.id)
        CodeGenerator.objects.filter(pk=hers.pk).update(sealed=bytes(theirs.sealed))
        with pytest.raises(SignInRefused):
            check_code(ticket=half_way(with_password, now), code=pyotp.TOTP(secret).at(now), caller=NOWHERE, now=now)
        CodeGenerator.objects.filter(pk=theirs.pk).update(sealed=bytes(hers.sealed))
        assert waiting_setup(lan.id, now=now) is None

    def test_reads_no_secret_of_codes(self, with_password: StaffRow, generator: str) -> None:
        sealed = bytes(CodeGenerator.objects.get().sealed)
        assert generator.encode() not in sealed
        assert base64.b32decode(generator) not in sealed
        with pytest.raises(factors.FactorBroken):
            factors.open_secret(sealed, staff_id=uuid4(), row_id=CodeGenerator.objects.get().id)


class TestSomebodyWhoLeft:
    def test_keeps_no_way_in(self, with_password: StaffRow, passkey: Authenticator, operator: Actor, now: datetime) -> None:
        make_recovery_codes(**seat(with_password.id, now), now=now)
        ticket = half_way(with_password, now)
        dismiss_staff(staff_id=with_password.id, actor=operator, now=now)
        assert sum(model.objects.count() for model in (Passkey, CodeGenerator, RecoveryCode)) == 0
        for act in (
            lambda: half_way(with_password, now),
            lambda: check_code(ticket=ticket, code="000000", caller=NOWHERE, now=now),
            lambda: check_passkey(**shown(passkey, now), caller=NOWHERE, now=now),
        ):
            with pytest.raises((SignInRefused, SecondStepOver)):
                act()

    def test_leaves_an_id_and_the_log_that_the_law_asks_for(self, with_password: StaffRow, operator: Actor, now: datetime) -> None:
        half_way(with_password, now)
        dismiss_staff(staff_id=with_password.id, actor=operator, now=now)
        erase_staff(staff_id=with_password.id, actor=operator, now=now)
        assert SignInTry.objects.filter(staff_id=with_password.id).exists()


class TestAfterARestore:
    def test_nothing_opens_an_account_before_a_new_link(
        self, with_password: StaffRow, passkey: Authenticator, operator: Actor, now: datetime
    ) -> None:
        revoke_everything(actor=operator, now=now)
        with pytest.raises(SignInRefused):
            half_way(with_password, now)
        with pytest.raises(SignInRefused):
            check_passkey(**shown(passkey, now), caller=NOWHERE, now=now)
        redeem_sign_in_link(token=issue_sign_in_link(staff_id=with_password.id, now=now), now=now)
        assert half_way(with_password, now)
        assert check_passkey(**shown(passkey, now), caller=NOWHERE, now=now)


class TestTheLastCompanion:
    def test_of_a_password_is_refused_to_go(self, with_password: StaffRow, passkey: Authenticator, generator: str, now: datetime) -> None:
        (row,) = account_facts(with_password.id).passkeys
        remove_passkey(**seat(with_password.id, now), passkey_id=row.id, now=now)
        add(Authenticator(number=5), with_password, now)
        CodeGenerator.objects.all().delete()
        (row,) = account_facts(with_password.id).passkeys
        with pytest.raises(FactorNeeded):
            remove_passkey(**seat(with_password.id, now), passkey_id=row.id, now=now)
