"""Invented people, as many as are asked for and the same at every run."""

from dataclasses import dataclass

_FAMILIES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi")
_GIVEN = ("An", "Bình", "Chi", "Dũng", "Giang", "Hoa", "Khánh", "Lan", "Minh", "Ngọc")
_QUESTION = "Chào anh chị, tôi muốn hỏi gói máy chủ nào hợp với một cửa hàng nhỏ bán gốm, và chi phí mỗi tháng là bao nhiêu ạ. "


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What somebody would write into the form; the address ends in an example domain, the number is nobody's."""

    full_name: str
    email: str
    phone: str
    message: str


def person(number: int) -> Person:
    """Return the person of a number below ten million."""
    return Person(
        full_name=f"{_FAMILIES[number % 8]} Thị {_GIVEN[number // 8 % 10]} {number}",
        email=f"person.{number}@example.com",
        phone=f"+8491{number:07d}",
        message=_QUESTION * (1 + number % 3),
    )
