"""Which pages a real browser looks at, as whom, and which addresses are no page: tests/house compares both with every route there is."""

from collections.abc import Mapping

OFFERS = ("", "products", "products/web-hosting", "transparency")
NOWHERE = "nothing"  # no address of ours: what is said of it is a page too
LINKS = ("read/{reading}", "read/none", "consents/{consents}", "stop/none")
DOOR = ("console/sign-in", "console/sign-in/none", "console/invitation/none")
PUBLIC = (
    *OFFERS,
    "policy",
    "policy/editions",
    "policy/editions/1",
    "policy/diff/1/1",
    "contact?product=web-hosting",
    "certificate",
    NOWHERE,
    *LINKS,
    *DOOR,
)
INQUIRIES = (
    "console/",
    "console/?show=resolved",
    "console/?show=all&language=vi",
    "console/inquiries/{reference}?show=all",
    "console/inquiries/{reference}/call",
    "console/find",
)
CASES = ("console/cases", "console/cases?show=closed", "console/cases/about/{reference}", "console/cases/{case}")
ADVISER = (
    *INQUIRIES,
    "console/record",
    *CASES,
    "console/cases/{case}?open=details",
    "console/texts",
    "console/texts/{text}",
    "console/activity",
    "console/letters",
    "console/letters/{letter}",
    "console/notices/{notice}/unreachable",
    "console/editions",
)
WEBSITE = ("console/products", "console/products/web-hosting", "console/add-product", "console/site", "console/kit", "console/do-not-call")
NOTICES = ("", "/new", "/new-advertising", "/{notice}", "/{unsent}", "/{unsent}/words", "/{notice}/unreachable")
DRAFT = tuple(f"policy/drafts/1{one}" for one in ("", "/preview", "/difference", "/publish"))
POLICY = ("policy", *DRAFT, "policy/coverage", "policy/editions/1/en", "policy/why")
OFFICER = (
    *(f"console/notices{one}" for one in NOTICES),
    *(f"console/{one}" for one in POLICY),
    *CASES,
    "console/journal",
    "console/letters",
    "console/editions",
    "console/find",
    *WEBSITE,
)
OPERATOR = (
    "console/operations",
    "console/staff",
    "console/staff/{colleague}",
    "console/access",
    "console/sign-ins",
    "console/account",
    "console/account/confirm",
)
AUDITOR = ("console/journal", "console/policy", "console/policy/drafts/1", "console/notices/{notice}", "console/access")
PLACES: Mapping[str, tuple[str, ...]] = {
    "": PUBLIC,
    "adviser": ADVISER,
    "privacy_officer": OFFICER,
    "operator": OPERATOR,
    "auditor": AUDITOR,
    "abuse": ("console/editions", "console/operations"),
    "legal": ("console/editions", "console/account"),
}
"""By who looks; nobody is a visitor. A name in braces is something that the furnished house holds."""

OTHER_ANSWERS: Mapping[tuple[str, str], int] = {
    ("", NOWHERE): 404,
    ("", "read/none"): 410,
    ("", "stop/none"): 410,
    ("", "console/invitation/none"): 410,
    ("privacy_officer", "console/find"): 403,
    ("abuse", "console/operations"): 403,
}
"""Pages that say no, which are looked at as well; every other one has to be there."""

NO_PAGES: Mapping[str, str] = {
    "healthz": "a word for machines",
    "readyz": "JSON for machines",
    "metrics": "figures for machines",
    "api/v1/": "nothing stands there",
    "api/v1/inquiries": "JSON for programs",
    "api/v1/notices": "JSON for programs",
    "api/v1/notices/<uuidstr:campaign_id>": "JSON for programs",
    "^(?P<rest>(?!static/|api/|vi/|en/)[A-Za-z0-9/._-]*)$": "leads to the page in the visitor's language",
    "<language:language>/(?P<rest>products(?:/[a-z0-9-]+)?|policy|policy/editions(?:/[0-9]+)?|policy/diff/[0-9]+/[0-9]+"
    "|contact|certificate|transparency)/$": "leads to the page without the slash",
    "<language:language>/console": "leads to the desks",
    "console/sign-in/oidc": "the company's sign-in service leads back by it, and it leads on",
    "<language:language>/console/sign-in/oidc": "there only where a company has a sign-in service; shows the page of console/sign-in",
    "<language:language>/console/sign-out": "only a form reaches it; test_pages.py presses it and looks",
    "<language:language>/console/acts": "only a form reaches it, and it leads back",
    "<language:language>/console/filters": "only a form reaches it, and it leads back",
    "<language:language>/console/policy/drafts/<int:draft_id>/check": "only a form reaches it; a part of the draft's page",
    "<language:language>/console/account/codes": "leads back to the account unless an app is being set up; test_passkeys.py looks at it then",
    "<language:language>/console/inquiries/<reference:reference>/files/<uuid:file_id>": "hands out a file",
    "<language:language>/console/cases/<reference:reference>/news": "JSON for the page that is open",
    "<language:language>/console/news": "JSON for the page that is open",
    "<language:language>/console/lately": "JSON for the page that is open",
    "<language:language>/console/stream": "JSON for the page that is open: where the live stream is",
}
"""Routes that answer no page of their own, by the route as its resolver writes it, and why. A route whose name ends like a file needs no reason."""


def named(place: str, names: Mapping[str, str]) -> str:
    """Return a place with what the house holds in place of the names in braces."""
    return place.format_map(names)
