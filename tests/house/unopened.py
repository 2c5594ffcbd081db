"""Scopes of tokens that the plan names and nothing asks for yet, each with the room of the plan that will."""

from collections.abc import Mapping

SCOPES_TO_COME: Mapping[str, str] = {
    "inquiries:read": "web/api, once a program may read what became of an inquiry that it passed on",
    "reports:write": "duties/conduct (section 2 of the policy): a program that hands over reports of abuse",
    "services:read": "duties/services (section 2): a program that asks whether a service is locked, and why",
    "services:write": "duties/services (section 2): a program that tells of a customer's services",
}
