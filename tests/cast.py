"""The people of every test and story. They are invented: their addresses end in example domains and their numbers belong to nobody."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody outside the company: what they would write into a form, and nothing else."""

    full_name: str
    email: str
    phone: str
    address: str
    message: str

    def values(self, *names: str) -> dict[str, str]:
        """Return the named fields (all five if none is named) as a form would send them."""
        return {name: getattr(self, name) for name in names or ("full_name", "email", "phone", "address", "message")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """Somebody behind the desks: a role of `camket.policy.terms` and a work address."""

    full_name: str
    email: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicBody:
    """An authority that may ask for data; `recipient` is the word the policy has for it."""

    name: str
    email: str
    address: str
    recipient: str
    officers: tuple[str, ...] = field(default=())


AN = Person(
    full_name="Nguyễn Thị Hoài An",
    email="hoai.an@example.vn",
    phone="0912 000 101",
    address="Số 12, ngõ Hoa Giấy, phường Mẫu, thành phố Ví Dụ",
    message="Chào anh chị, tôi muốn hỏi gói máy chủ nào hợp với một cửa hàng nhỏ bán gốm ạ.",
)
"""The customer every story follows."""

BINH = Person(
    full_name="Trần Quốc Bình",
    email="quoc.binh@example.com",
    phone="0912 000 202",
    address="Căn 4B, chung cư Sao Mai, phường Mẫu, thành phố Ví Dụ",
    message="Tôi cần báo giá hộp thư theo tên miền cho mười người dùng.",
)
"""Another customer, who must never see anything of An's."""

KE_LA = Person(
    full_name="Kẻ Lạ",
    email="ke.la@example.com",
    phone="0912 000 909",
    address="Không rõ",
    message="Cho tôi xem thông tin của người khác.",
)
"""A stranger, who must see nothing at all."""

CHI = Colleague(full_name="Lê Mai Chi", email="chi@staff.example.vn", role="adviser")
DUNG = Colleague(full_name="Phạm Tiến Dũng", email="dung@staff.example.vn", role="privacy_officer")
GIANG = Colleague(full_name="Vũ Hương Giang", email="giang@staff.example.vn", role="abuse")
LAN = Colleague(full_name="Hoàng Ngọc Lan", email="lan@staff.example.vn", role="legal")

TOA_AN = PublicBody(
    name="Tòa án nhân dân khu vực Ví Dụ",
    email="van.thu@toaan.example.vn",
    address="Số 1, đường Công Lý, thành phố Ví Dụ",
    recipient="court",
    officers=("Thẩm phán Đỗ Minh Khuê",),
)
"""An authority with a right to ask, within what the policy allows."""

PEOPLE = (AN, BINH, KE_LA)
COLLEAGUES = (CHI, DUNG, GIANG, LAN)
