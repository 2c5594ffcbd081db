"""Invented people for a fresh home. Nobody here exists; every address is on an example domain."""

import hashlib
from datetime import datetime, timedelta

from camket.access import actions as access
from camket.access import queries as people
from camket.duties.custody import actions as custody
from camket.duties.intake import actions as intake
from camket.duties.intake import queries as inquiries
from camket.duties.intake.rules import FormField, FormShape, form_shape
from camket.duties.notices import actions as notices
from camket.duties.publishing import queries as editions
from camket.policy.terms import ADVISE, ADVISER, COMMAND_LINE, EMAIL, FULL_NAME, MESSAGE, PHONE, VISITOR, Actor

_FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ")
_MIDDLE = ("Thị", "Văn", "Minh", "Ngọc", "Hữu", "Thanh", "Đức", "Thu")
_GIVEN = ("An", "Bình", "Cúc", "Dương", "Giang", "Hà", "Khánh", "Lan", "Mai", "Nam", "Oanh", "Phúc", "Quỳnh", "Sơn", "Trang", "Uyên", "Vinh", "Yến")
_QUESTIONS = (
    ("web-hosting", "Cửa hàng của tôi cần chỗ đặt website khoảng 5 GB, có hỗ trợ chuyển từ nhà cung cấp cũ không?"),
    ("business-mail", "Công ty tôi có 12 nhân viên, muốn dùng email theo tên miền riêng. Chi phí mỗi tháng là bao nhiêu?"),
    ("management-software", "Tôi muốn quản lý kho và đơn hàng cho hai chi nhánh. Xin tư vấn giúp tôi bắt đầu từ đâu."),
    ("web-hosting", "Website của tôi chạy chậm vào buổi tối. Bên mình có thể xem giúp nguyên nhân không?"),
    ("", "Nhờ gọi lại cho tôi sau 17 giờ để trao đổi về hợp đồng năm tới."),
)
_ENGLISH = "We run a small studio and need hosting for three sites. Could you tell us what moving them would involve?"


def _address(name: str, number: int) -> str:
    plain = hashlib.sha256(name.encode()).hexdigest()[:6]
    return f"khach.{plain}.{number}@example.{'org' if number % 3 else 'com'}"


def _values(number: int) -> tuple[dict[str, str], str, str]:
    name = f"{_FAMILY[number % 10]} {_MIDDLE[number * 7 % 8]} {_GIVEN[number * 5 % 18]}"
    product, question = _QUESTIONS[number % len(_QUESTIONS)]
    is_english = number % 6 == 5
    values: dict[str, str] = {FULL_NAME: name, MESSAGE: _ENGLISH if is_english else question}
    if number % 4 != 1:
        values[EMAIL] = _address(name, number)
    if number % 4 in (1, 2):
        values[PHONE] = f"0912000{number % 1000:03d}"
    return values, product, "en" if is_english else "vi"


def asked_for(shape: FormShape, number: int) -> tuple[dict[str, str], str, str]:
    """
    Return what one invented person says of that which an edition's form asks for an answer; the product it is about; their language.

    Args:
        shape: The form.
        number: Which person, from 0 on.
    """
    values, product, language = _values(number)
    asked = {field.rule.name: field for field in shape.fields if ADVISE in field.purposes}
    given = {name: text for name, text in values.items() if name in asked}
    for name, field in asked.items():
        if name not in given and (field.is_required or (field.one_of and not given.keys() & set(field.one_of))):
            given[name] = _invented(field, values, number)
    return given, product, language


def _invented(field: FormField, values: dict[str, str], number: int) -> str:
    match field.rule.kind:
        case "email":
            return _address(values[FULL_NAME], number)
        case "phone":
            return f"0912000{number % 1000:03d}"
        case "postal":
            return f"Số {number + 1}, đường Mẫu, thành phố Ví Dụ"
        case "name":
            return values[FULL_NAME]
        case _:
            return values[MESSAGE][: field.rule.max_length]


def fill(*, inquiries_wanted: int, now: datetime) -> int:
    """
    Invent inquiries spread over the last days, some of them answered and resolved, and return how many; their letters never go out.

    Args:
        inquiries_wanted: How many.
        now: UTC instant before which they arrived.

    Raises:
        FileExistsError: There are inquiries already.
        Refused: The edition in force does not let an adviser answer.
    """
    if inquiries.is_any():
        raise FileExistsError
    shape = form_shape(editions.policy_in_force(), role=VISITOR)
    adviser = _adviser(now)
    chi = Actor(role=ADVISER, id=str(adviser.id))
    references: list[str] = []
    try:
        with custody.keeping_every_key():
            for number in range(inquiries_wanted):
                _invent(number, shape, chi, now - timedelta(minutes=47 * (inquiries_wanted - number)), references)
    finally:
        # also when it is broken off half-way: what was invented so far must not be written to
        notices.withdraw_letters(references=references, actor=COMMAND_LINE, now=now)
    return inquiries_wanted


def _invent(number: int, shape: FormShape, chi: Actor, at: datetime, references: list[str]) -> None:
    values, product, language = asked_for(shape, number)
    submission = intake.Submission(channel="form", language=language, key=hashlib.sha256(f"demo {number}".encode()).digest(), product=product)
    received = intake.receive_inquiry(submission=submission, values=values, consents=[ADVISE], actor=Actor(role=VISITOR), now=at)
    references.append(received.reference)
    _carry_on(received.reference, number, chi, at)


def _adviser(now: datetime) -> people.StaffRow:
    try:
        return people.staff_by_email("chi@example.com")
    except people.StaffUnknown:
        return access.add_staff(email="chi@example.com", role=ADVISER, actor=COMMAND_LINE, now=now, display_name="Chi")


def _carry_on(reference: str, number: int, chi: Actor, at: datetime) -> None:
    if number % 3 == 0:
        text = "Cảm ơn quý khách đã liên hệ. Chúng tôi gửi kèm đề xuất phù hợp nhất và sẽ gọi lại trong ngày để trao đổi thêm."
        intake.answer_inquiry(reference=reference, text=text, key=hashlib.sha256(f"demo answer {number}".encode()).digest(), actor=chi, now=at)
    if number % 9 == 0:
        intake.resolve_inquiry(reference=reference, actor=chi, now=at)
