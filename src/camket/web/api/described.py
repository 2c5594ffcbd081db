"""The description of the interface (OpenAPI), with what the edition in force asks for: fields are data of the edition, not of our code."""

from collections.abc import Collection
from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from camket.duties.catalogue import queries as catalogue
from camket.duties.intake.rules import FormShape, form_shape
from camket.duties.notices.rules import LONGEST_NOTICE, LONGEST_TITLE, OPEN_INQUIRIES
from camket.duties.publishing import queries as editions
from camket.policy.compiled import CompiledPolicy
from camket.policy.languages import LANGUAGES
from camket.policy.terms import ADVISE, MESSAGE, VISITOR

_LANGUAGE = "en"  # of the description itself
_NOTICE_LENGTHS = {"title": LONGEST_TITLE, "text": LONGEST_NOTICE}
_SAMPLES = {
    "name": "Nguyễn Thị An",
    "email": "an@example.com",
    "phone": "0912000999",
    "text": "Xin báo giá hosting.",
    "postal": "12 Phố Ví Dụ, Hà Nội",
}


class DescribedApi(NinjaAPI):
    """The door for programs, described by the edition that is in force when somebody asks."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """Return the description; what an inquiry must hold is told from the edition."""
        schema = super().get_openapi_schema(**options)
        policy = editions.policy_in_force()
        inquiry = schema["components"]["schemas"]["InquiryIn"]
        products = catalogue.product_names(_LANGUAGE)
        inquiry.update(inquiry_schema(inquiry, policy, products=products))
        notice = schema["components"]["schemas"]["NoticeIn"]
        notice.update(notice_schema(notice, products=products))
        return schema


def inquiry_schema(written: dict[str, Any], policy: CompiledPolicy, *, products: Collection[str]) -> dict[str, Any]:
    """
    Return what is added to the schema of an inquiry: the fields of the edition, who must give what, and an example.

    Args:
        written: The schema as the code has it.
        policy: The edition in force.
        products: Slugs of the catalogue.
    """
    shape = form_shape(policy, role=VISITOR)
    beside = [field for field in shape.fields if ADVISE in field.purposes]
    properties = {
        **written["properties"],
        "fields": _fields(policy, shape),
        "consents": {
            "type": "array",
            "items": {"enum": [str(purpose) for purpose in shape.consents]},
            "contains": {"const": str(ADVISE)},
            "uniqueItems": True,
            "description": "What the person agreed to, asked with the wording of the edition.",
        },
        "product": {"enum": [None, "", *sorted(products)]},
        "edition": {"enum": [None, int(policy.number)], "description": "The edition whose wording the person was shown."},
    }
    asked = str(MESSAGE)
    told = {"anyOf": [{"required": [asked], "properties": {asked: {"minLength": 1}}}, {"properties": {"fields": {"required": [asked]}}}]}
    sample = {str(field.rule.name): _SAMPLES[field.rule.kind] for field in beside if field.rule.name != MESSAGE}
    example = {"channel": "api", "language": "vi", "fields": sample, asked: _SAMPLES["text"], "consents": [str(ADVISE)], "product": None}
    needs_message = any(field.rule.name == MESSAGE and field.is_required for field in beside)
    return {"properties": properties, "examples": [example], **(told if needs_message else {})}


def notice_schema(written: dict[str, Any], *, products: Collection[str]) -> dict[str, Any]:
    """
    Return what is added to the schema of a notice: how long its parts may be, whom it can concern, and an example.

    Args:
        written: The schema as the code has it.
        products: Slugs of the catalogue.
    """
    told = {part: {one: {"type": "string", "minLength": 1, "maxLength": most} for one in LANGUAGES} for part, most in _NOTICE_LENGTHS.items()}
    parts = {
        part: {"type": "object", "properties": tongues, "required": list(tongues), "additionalProperties": False} for part, tongues in told.items()
    }
    whom = {
        "enum": ["", OPEN_INQUIRIES, *sorted(products)],
        "description": f"Nothing: all who agreed to be told. {OPEN_INQUIRIES}: those with an open inquiry. A product: those who asked about it.",
    }
    example = {
        "title": {"vi": "Bảo trì tối thứ Bảy", "en": "Maintenance on Saturday night"},
        "text": {"vi": "Trang quản trị tạm dừng hai giờ.", "en": "The control panel is down for two hours."},
        "audience": "",
        "starts_at": None,
    }
    return {"properties": {**written["properties"], **parts, "audience": whom}, "examples": [example]}


def _fields(policy: CompiledPolicy, shape: FormShape) -> dict[str, Any]:
    beside = [field for field in shape.fields if ADVISE in field.purposes]
    groups = dict.fromkeys(field.one_of for field in beside if field.one_of)
    named = {
        str(field.rule.name): {
            "type": "string",
            "maxLength": field.rule.max_length,
            "title": policy.label("field", field.rule.name, _LANGUAGE),
            **({"minLength": 1} if field.is_required else {}),
        }
        for field in shape.fields
    }
    required = [str(field.rule.name) for field in beside if field.is_required and field.rule.name != MESSAGE]
    choices = [{"anyOf": [{"required": [str(name)], "properties": {str(name): {"minLength": 1}}} for name in group]} for group in groups]
    return {"type": "object", "properties": named, "required": required, "additionalProperties": False, **({"allOf": choices} if choices else {})}
