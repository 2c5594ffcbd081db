"""What is done to accounts, links, tokens and budgets; each act is journaled by ids, roles and scopes, never by name or address."""

from camket.access.actions.budgets import forget_budgets, spend_budget
from camket.access.actions.links import (
    AttemptsSpent,
    LinkExpired,
    LinkRefused,
    LinkRevoked,
    LinkUnknown,
    LinkUsed,
    forget_links,
    give_back_attempt,
    issue_link,
    open_link,
    revoke_links,
    spend_attempt,
    use_link,
)
from camket.access.actions.restored import revoke_everything
from camket.access.actions.sessions import forget_sessions
from camket.access.actions.sign_in import issue_sign_in_link, redeem_sign_in_link
from camket.access.actions.staff import StaffExists, StaffLeft, StillAtWork, add_staff, change_role, dismiss_staff, end_sessions, erase_staff
from camket.access.actions.tokens import TokenNameTaken, TokenRefused, TokenUnknown, add_token, check_token, revoke_token

__all__ = [
    "AttemptsSpent",
    "LinkExpired",
    "LinkRefused",
    "LinkRevoked",
    "LinkUnknown",
    "LinkUsed",
    "StaffExists",
    "StaffLeft",
    "StillAtWork",
    "TokenNameTaken",
    "TokenRefused",
    "TokenUnknown",
    "add_staff",
    "add_token",
    "change_role",
    "check_token",
    "dismiss_staff",
    "end_sessions",
    "erase_staff",
    "forget_budgets",
    "forget_links",
    "forget_sessions",
    "give_back_attempt",
    "issue_link",
    "issue_sign_in_link",
    "open_link",
    "redeem_sign_in_link",
    "revoke_everything",
    "revoke_links",
    "revoke_token",
    "spend_attempt",
    "spend_budget",
    "use_link",
]
