"""The canaries: invented people and sayings whose every value stands nowhere else, one group for each way into the house."""

from collections.abc import Mapping

PERSON = {
    "full_name": "Đặng Thùy Hoàng Yến Oanh Vàng",
    "email": "hoang.yen.4711@canary.example.vn",
    "phone": "0912 000 471",
    "address": "Số 4711, ngõ Mỏ Than, phường Chim Hót",
    "message": "Con hoàng yến thứ nhất hót trong mỏ than lúc nửa đêm.",
}
"""Who is received, answered and, in the end, erased."""

REFUSED = {
    "full_name": "Quách Tĩnh Họa Mi Lửa",
    "email": "hoa.mi.4712@canary.example.vn",
    "address": "Hẻm 4712, đường Sáo Sậu, phường Chim Hót",
    "message": "Con họa mi thứ hai không được nhận vào lồng.",
}
FAILED = {
    "full_name": "Lưu Khướu Bạc Má",
    "email": "khuou.4713@canary.example.vn",
    "phone": "0912 000 473",
    "message": "Con khướu thứ ba bay vào lúc máy chủ hỏng.",
}
PASSED_ON = {"full_name": "Mạc Chích Chòe Than", "email": "chich.choe.4714@canary.example.vn", "address": "Ngách 4714, phố Vành Khuyên"}
"""Who lives on when PERSON is erased: a program passed their inquiry on."""

ATTACHED = {"name": "quạ khoang 4722 đậu trên tên tệp", "content": "Con quạ khoang thứ mười lăm nằm trong ruột tệp gửi kèm."}
"""What PERSON attaches to her inquiry: a text, under a name."""

NOT_TAKEN = {"name": "cò bợ 4723 không được nhận.png", "content": "Con cò bợ thứ mười sáu giả làm một bức ảnh."}
"""What somebody attaches that is none of the kinds that are taken."""

SAID = {"answer": "Con vành khuyên thứ năm trả lời chị Oanh rằng gói Cơ bản là đủ.", "note": "Con chào mào thứ sáu ghi lại cho đồng nghiệp."}
HEARD = {
    "full_name": "Tạ Cu Gáy Xám",
    "email": "cu.gay.4721@canary.example.vn",
    "message": "Con cu gáy thứ mười một gù qua điện thoại.",
}
"""Who rings and is written down; they live on."""

WRITTEN = {
    "call": "Con sẻ nâu thứ mười hai kể thêm khi ghé quầy.",
    "reason": "Con diều hâu thứ mười ba dọa chị Oanh, phải báo ngay.",
    "done": "Con diều hâu thứ mười ba đã bị báo cho chị Oanh lúc chập tối.",
    "refusal": "Con cú vọ thứ mười bốn không thuộc trường hợp nào.",
}
"""What colleagues write down of PERSON: what she said in person, and what stands in special cases about her."""

ASKED = {"query": "sao.nau.4717@canary.example.vn", "path": "Sơn-Ca-4718", "key": "khoa-cua-vet-4719", "form": "Con bồ câu thứ tám gõ mọi cánh cửa."}
TYPED = {"email": "chim.cu.4720@canary.example.vn", "word": "Con cú mèo thứ mười gõ dòng lệnh"}
"""What an operator types at the command line by mistake."""


def named(**groups: Mapping[str, str]) -> dict[str, str]:
    """Return the values of some groups under names that say where a value comes from."""
    return {f"{group}.{name}": value for group, values in groups.items() for name, value in values.items()}


CANARIES = named(
    person=PERSON,
    attached=ATTACHED,
    not_taken=NOT_TAKEN,
    refused=REFUSED,
    failed=FAILED,
    passed_on=PASSED_ON,
    said=SAID,
    heard=HEARD,
    written=WRITTEN,
    asked=ASKED,
    typed=TYPED,
)

LEAKED = named(
    leaked={
        "row": "Cù Thị Rì Rào Một",
        "line": "Cù Thị Rì Rào Hai nhắn vào sổ ghi.",
        "answer": "ri.rao.ba@canary.example.vn",
        "fault": "Cù Thị Rì Rào Bốn làm hỏng trang.",
    }
)
"""What a house that is leaky on purpose lets out: values of their own, since they stay in the database server's files."""
