"""Which role gets a page at which route of the desks: the table that the routes are held against."""

from camket.policy.terms import STAFF_ROLES

OPERATOR = frozenset({"operator"})
INBOX, JOURNAL, LETTERS = frozenset({"adviser"}), frozenset({"auditor", "privacy_officer"}), frozenset({"adviser", "operator", "privacy_officer"})
CASES = frozenset({"adviser", "privacy_officer"})
ABOUT_SOMEBODY = frozenset({"console-open-case", "console-case", "console-cases"})  # 3.10: the privacy officer sees which inquiry a case is about
WEBSITE = frozenset({"operator", "privacy_officer"})
POLICY = frozenset({"auditor", "operator", "privacy_officer"})
# name of the route → who gets a page there
MAY = {
    "console": INBOX,
    "console-inquiry": INBOX,
    "console-file": INBOX,
    "console-call": INBOX,
    "console-record": INBOX,
    "console-find": INBOX,
    "console-cases": CASES,
    "console-open-case": CASES,
    "console-case": CASES,
    "console-case-news": CASES,
    "console-letters": LETTERS,
    "console-letter": INBOX,
    "console-notices": POLICY,
    "console-service-notice": WEBSITE,
    "console-advertising": WEBSITE,
    "console-notice": POLICY,
    "console-notice-words": WEBSITE,
    "console-notice-counts": POLICY,
    "console-do-not-call": WEBSITE,  # who may write advertising
    "console-unreachable": CASES,  # whoever may look for another way to somebody, and whoever answers for it that they were told
    "console-unreachable-table": CASES,
    "console-texts": INBOX,
    "console-text": INBOX,
    "console-news": INBOX,
    "console-stream": INBOX,
    "console-lately": INBOX,
    "console-activity": LETTERS,
    "console-journal": JOURNAL,
    "console-operations": frozenset({"operator"}),
    "console-editions": STAFF_ROLES,
    "console-policy": POLICY,
    "console-draft": POLICY,
    "console-draft-preview": POLICY,
    "console-draft-difference": POLICY,
    "console-draft-publish": POLICY,
    "console-coverage": POLICY,
    "console-translation": POLICY,
    "console-why": POLICY,
    "console-products": WEBSITE,
    "console-product": WEBSITE,
    "console-add-product": WEBSITE,
    "console-site": WEBSITE,
    "console-kit": STAFF_ROLES,
    "console-account": STAFF_ROLES,
    "console-account-confirm": STAFF_ROLES,
    "console-staff": OPERATOR,
    "console-colleague": OPERATOR,
    "console-access": frozenset({"operator", "privacy_officer", "auditor"}),
    "console-sign-ins": frozenset({"operator"}),
}
PRESSED = {"console-acts": INBOX, "console-filters": INBOX, "console-draft-check": POLICY}  # what only a form reaches
OPEN_TO_ALL = frozenset({"console-sign-in", "console-company", "console-sign-in-link", "console-invitation", "console-sign-out"})
LEADS_BACK = frozenset({"console-account-codes"})  # to the account, for everybody who is not just setting up an app
