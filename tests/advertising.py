"""An edition that knows advertising: edition 1 with a clause 3.7 of another mind. The company's own edition has none."""

import re
import shutil
from pathlib import Path

from django.conf import settings

WORDING = "Tôi muốn nhận quảng cáo của công ty qua email."
_WIDENED = (
    (r'purposes = \["advise", "notify", "provide_service", "special_case", "enforce_terms", "legal_disclosure"\]', 1),  # the collection
    (r'operations = \["collect"\]\npurposes = \["notify"\]', 2),  # by visitors, and by advisers on the person's word
    (r'purposes = \["advise", "notify"\]\nafter', 1),  # how long it is kept
    (r'operations = \["erase"\]\npurposes = \["advise", "provide_service", "notify"', 1),
    (r'purposes = \["notify", "enforce_terms"\]', 1),  # to the mail carrier
)
_CLAUSE = f"""3.7 *(bổ sung)* Chúng tôi gửi quảng cáo cho quý khách nào đã đồng ý riêng: bằng email, hoặc qua điện thoại.

```rule
[[purpose]]
id = "advertise"
basis = "consent"

[[permit]]
roles = ["system"]
operations = ["use"]
purposes = ["advertise"]
fields = ["full_name", "email"]

[[permit]]
roles = ["adviser"]
operations = ["use"]
purposes = ["advertise"]
fields = ["full_name", "phone"]
```

```words
[purpose.advertise]
label = "Quảng cáo"
consent = "{WORDING}"
```

"""
_IN_ENGLISH = """3.7 *(added)* We send advertising to whoever has agreed to it separately: by email or by phone.

```words
[purpose.advertise]
label = "Advertising"
consent = "I would like to receive advertising from the company by email."
```

"""


def write_edition(folder: Path, *, number: int) -> Path:
    """
    Write the folder of an edition that knows advertising.

    Args:
        folder: Where the edition's folder is made.
        number: Of the edition.
    """
    place = folder / f"edition-{number}"
    shutil.copytree(Path(settings.CAMKET_POLICY) / "edition-1", place)
    manifest, text, english = (place / name for name in ("edition.toml", "policy.vi.md", "policy.en.md"))
    manifest.write_text(manifest.read_text("utf-8").replace("number = 1", f"number = {number}"), "utf-8")
    content = text.read_text("utf-8")
    for pattern, times in _WIDENED:
        content, found = re.subn(pattern, lambda one: one[0].replace('"notify"', '"notify", "advertise"'), content)
        assert found == times, pattern
    text.write_text(_with_clause(content, _CLAUSE), "utf-8")
    english.write_text(_with_clause(english.read_text("utf-8"), _IN_ENGLISH), "utf-8")
    return place


def _with_clause(content: str, clause: str) -> str:
    written, found = re.subn(r"(?ms)^3\.7 .*?(?=^3\.8 )", lambda _: clause, content)
    assert found == 1
    return written
