"""`staff` and `token`."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from django.conf import settings
from django.utils import timezone

from camket.access import actions as access
from camket.access import queries as people
from camket.access import rules
from camket.jobs.cli.printing import NOT_SO, environment_may_fail, in_utc, json_option, keys_must_be_whole, leave, say, show_json
from camket.policy.terms import COMMAND_LINE, STAFF_ROLES


@click.group()
def staff() -> None:
    """People behind the desks: who they are, and how they come in."""


@staff.command("add")
@click.argument("email")
@click.option("--role", required=True, type=click.Choice(sorted(STAFF_ROLES)), help="What the policy lets them do.")
@click.option("--name", default="", help="How colleagues see them.")
def staff_add(email: str, role: str, name: str) -> None:
    """
    Add somebody, and print a one-time sign-in link on the last line.

    Nobody is staff by default; the role decides what the policy lets them see.
    """
    with keys_must_be_whole():
        try:
            row = access.add_staff(email=email, role=role, actor=COMMAND_LINE, now=timezone.now(), display_name=name)
        except access.StaffExists:
            leave(NOT_SO, f"somebody with this address is already here; `{settings.CAMKET_COMMAND} staff link` prints them a new link")
        except (rules.BadEmail, rules.BadName) as error:
            raise click.BadParameter(str(error)) from error
        _print_link(row)


@staff.command("list")
@json_option
def staff_list(*, as_json: bool) -> None:
    """List everybody, with their roles."""
    with environment_may_fail():
        rows = people.staff_list()
    if as_json:
        for row in rows:
            show_json({"id": row.id, "email": row.email, "name": row.display_name, "role": row.role, "active": row.is_active})
        return
    for row in rows:
        click.echo(f"{row.role:16} {row.email:40} {row.display_name}" + ("" if row.is_active else "  (left)"))
    if not rows:
        say(f"Nobody yet: {settings.CAMKET_COMMAND} staff add EMAIL --role adviser")


@staff.command("link")
@click.argument("email")
@click.option("--anew", is_flag=True, help="Close every other way into the account first: for somebody who lost theirs, or a doubt.")
def staff_link(email: str, *, anew: bool) -> None:
    """Print a new one-time sign-in link for somebody; it works once, for 30 minutes."""
    with keys_must_be_whole():
        _print_link(_known(email), is_anew=anew)


@staff.command("role")
@click.argument("email")
@click.option("--role", required=True, type=click.Choice(sorted(STAFF_ROLES)), help="What the policy lets them do from now on.")
def staff_role(email: str, role: str) -> None:
    """Move somebody to another role; their sessions end, so that the new role is the only one in use."""
    with keys_must_be_whole(), _staff_may_have_left():
        row = access.change_role(staff_id=_known(email).id, role=role, actor=COMMAND_LINE, now=timezone.now())
    say(f"They are {row.role} now; `{settings.CAMKET_COMMAND} staff link` signs them in.")


@staff.command("sign-out")
@click.argument("email")
def staff_sign_out(email: str) -> None:
    """End every session and sign-in link of somebody, for a lost device or a doubt."""
    with keys_must_be_whole(), _staff_may_have_left():
        access.end_sessions(staff_id=_known(email).id, actor=COMMAND_LINE, now=timezone.now())
    say(f"Every session is ended; `{settings.CAMKET_COMMAND} staff link` signs them in again.")


@staff.command("dismiss")
@click.argument("email")
@click.option("--erase", is_flag=True, help="Erase their name and address too; the journal keeps the account's random id.")
def staff_dismiss(email: str, *, erase: bool) -> None:
    """Close the account of somebody who leaves: sessions and links end with it."""
    with keys_must_be_whole(), _staff_may_have_left():
        row, now = _known(email), timezone.now()
        if row.is_active or not erase:
            access.dismiss_staff(staff_id=row.id, actor=COMMAND_LINE, now=now)
        if erase:
            access.erase_staff(staff_id=row.id, actor=COMMAND_LINE, now=now)
    say("The account is closed" + (", name and address are erased." if erase else "."))


def _known(email: str) -> people.StaffRow:
    try:
        return people.staff_by_email(email)
    except people.StaffUnknown:
        leave(NOT_SO, f"nobody with this address is here; `{settings.CAMKET_COMMAND} staff list` shows who is")


@contextmanager
def _staff_may_have_left() -> Iterator[None]:
    try:
        yield
    except access.StaffLeft:
        leave(NOT_SO, "they have left already")


def _print_link(row: people.StaffRow, *, is_anew: bool = False) -> None:
    make = access.begin_ways_anew if is_anew else access.issue_sign_in_link
    try:
        token = make(staff_id=row.id, actor=COMMAND_LINE, now=timezone.now())
    except access.StaffLeft:
        leave(NOT_SO, "they have left; a new account is needed")
    say(f"Signs {row.role} in, once, within 30 minutes:")
    click.echo(f"{settings.CAMKET_URL}/console/sign-in/{token}")


@click.group()
def token() -> None:
    """API tokens: what programs may do."""


@token.command("add")
@click.argument("name")
@click.option("--scope", required=True, help="Scopes, separated by commas: " + ", ".join(sorted(rules.SCOPES)) + ".")
def token_add(name: str, scope: str) -> None:
    """Make a token; the secret is printed once, alone on the last line."""
    with keys_must_be_whole():
        try:
            secret = access.add_token(name=name, scopes=[one.strip() for one in scope.split(",")], actor=COMMAND_LINE, now=timezone.now())
        except access.TokenNameTaken:
            leave(NOT_SO, "there is a token of this name; revoke it first or choose another")
        except (rules.BadScope, rules.BadTokenName) as error:
            raise click.BadParameter(str(error)) from error
    say("Keep this secret; it is not shown again:")
    click.echo(secret)


@token.command("list")
@json_option
def token_list(*, as_json: bool) -> None:
    """List tokens with their scopes; secrets are never shown."""
    with environment_may_fail():
        rows = people.tokens()
    if as_json:
        for row in rows:
            dates = {"created_at": row.created_at, "revoked_at": row.revoked_at}
            show_json({"name": row.name, "prefix": row.prefix, "scopes": row.scopes, **dates})
        return
    for row in rows:
        state = f"revoked {in_utc(row.revoked_at)}" if row.revoked_at else "in use"
        click.echo(f"{row.name:24} {row.prefix:10} {','.join(row.scopes):32} {state}")
    if not rows:
        say(f"None yet: {settings.CAMKET_COMMAND} token add NAME --scope inquiries:write")


@token.command("revoke")
@click.argument("name")
def token_revoke(name: str) -> None:
    """Revoke a token; it stops working at once."""
    with keys_must_be_whole():
        try:
            access.revoke_token(name=name, actor=COMMAND_LINE, now=timezone.now())
        except access.TokenUnknown:
            leave(NOT_SO, "there is no token of this name in use")
    say(f"Revoked {name}.")
