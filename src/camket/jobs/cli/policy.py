"""`policy check`, `decide`, `diff`, `export`, `publish`, `recount`."""

import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

import click
from django.conf import settings
from django.utils import timezone

from camket.duties.publishing import actions as publishing
from camket.duties.publishing import queries as editions
from camket.duties.publishing.queries import SourceMissing, house_regime
from camket.duties.publishing.rules import DAY_PASSED, asks_for_second
from camket.jobs.cli.printing import (
    ENVIRONMENT,
    NOT_SO,
    Instant,
    counted,
    environment_may_fail,
    in_utc,
    json_option,
    keys_must_be_whole,
    leave,
    say,
    show_json,
)
from camket.jobs.serving import standing
from camket.policy.cedar import as_cedar, cedar_schema
from camket.policy.changes import Change, Direction, PieceKind, Rewording, difference, sentence, words_difference
from camket.policy.compiled import CompiledPolicy
from camket.policy.compiler import Compilation
from camket.policy.document import Document
from camket.policy.dpv import as_dpv
from camket.policy.explain import FieldExplanation, explain
from camket.policy.exports import as_json as compiled_json
from camket.policy.regimes import RegimeInvalid
from camket.policy.terms import COMMAND_LINE, CONTROLLER, ROLES, Ask, ClauseNumber, FieldName, Operation, PurposeId, RecipientId, RoleId

_path = click.argument("path", type=click.Path(exists=True, path_type=Path))


_WHY_ALONE = "whoever holds this machine holds the policy's folder too, and the journal names the house as who published"


@click.group()
def policy() -> None:
    """The policy as an executable value: check it, ask it, publish it."""


def _compile(path: Path, *, at: datetime | None = None) -> Compilation:
    try:
        return editions.check_edition(path=path, regime_file=Path(settings.CAMKET_REGIME_FILE), at=at, now=timezone.now())
    except SourceMissing as error:
        raise click.BadParameter(str(error), param_hint="PATH") from error
    except RegimeInvalid as error:
        leave(ENVIRONMENT, f"the rule pack of the law cannot be read: {error}")


def _sound(path: Path) -> CompiledPolicy:
    compiled = _compile(path).policy
    if compiled is None:
        leave(NOT_SO, f"this policy has errors; see: `{settings.CAMKET_COMMAND} policy check {path}`")
    return compiled


@policy.command()
@_path
@click.option("--at", "at", type=Instant(), help="When it is to come into force: a day that has passed is told of.")
@json_option
def check(path: Path, *, at: datetime | None, as_json: bool) -> None:
    """
    Compile an edition and say what is wrong with it, line by line.

    PATH is an edition's folder, with edition.toml and policy.<language>.md. Errors keep it from being published (exit
    status 1); warnings say where it falls short of the law, naming the article.
    """
    compilation = _compile(path, at=at)
    findings = [one.as_dict() for one in compilation.diagnostics]
    if as_json:
        show_json({"ok": compilation.policy is not None, "diagnostics": findings})
    else:
        for one in compilation.diagnostics:
            clause = f" §{one.clause}" if one.clause else ""
            hint = (one.hint or "See docs/policy-language.md.").replace("\n", "\n    ")
            click.echo(f"{one.severity}: {one.file}:{one.line}{clause}: {one.message}\n    {hint} [{one.code}]")
        errors = sum(one.severity == "error" for one in compilation.diagnostics)
        say(f"{counted(errors, 'error')}, {counted(len(findings) - errors, 'warning')}.")
    sys.exit(0 if compilation.policy is not None else NOT_SO)


@policy.command()
@_path
@click.option("--role", required=True, type=click.Choice(sorted(ROLES)), help="Who asks.")
@click.option("--operation", required=True, type=click.Choice([one.value for one in Operation]), help="What is to be done.")
@click.option("--purpose", required=True, help="Why, e.g. advise.")
@click.option("--fields", required=True, help="With which fields, separated by commas.")
@click.option("--recipient", default=CONTROLLER, show_default=True, help="For whom.")
@json_option
def decide(path: Path, *, role: str, operation: str, purpose: str, fields: str, recipient: str, as_json: bool) -> None:
    """
    Ask an edition one question, and print its answer with the clauses that gave it.

    Exit status 0 only for PERMITTED; the obligations printed beside it still have to be met. A refusal tells, field by field,
    which clause forbids it and what comes nearest among what is permitted.
    """
    names = frozenset(FieldName(one.strip()) for one in fields.split(",") if one.strip())
    ask = Ask(operation=Operation(operation), fields=names, purpose=PurposeId(purpose), recipient=RecipientId(recipient))
    explanation = explain(_sound(path), role=RoleId(role), ask=ask)
    answer = explanation.decision
    if as_json:
        show_json(
            {
                "outcome": answer.outcome,
                "clauses": list(answer.clauses),
                "fields": sorted(names),
                "obligations": sorted(answer.obligations),
                "reason": answer.reason,
            }
        )
    else:
        click.echo(f"{answer.outcome}  {_marked(answer.clauses)}".rstrip())
        click.echo(answer.reason)
        if answer.obligations:
            click.echo(f"Also needed: {', '.join(sorted(answer.obligations))}")
        for one in explanation.fields:
            for line in () if answer.is_permitted else _grounds(one):
                click.echo(f"  {line}")
    sys.exit(0 if answer.is_permitted else NOT_SO)


def _grounds(one: FieldExplanation) -> Iterator[str]:
    """Yield what the clauses say of one field of a refused ask; a name that the edition does not know is not repeated."""
    if not one.is_declared:
        yield "a field that the edition does not name"
    elif one.forbidden_by:
        yield f"{one.field}: forbidden by {_marked(one.forbidden_by)}" + (f", over {_marked(one.permitted_by)}" if one.permitted_by else "")
    elif one.permitted_by:
        yield f"{one.field}: permitted by {_marked(one.permitted_by)}"
    else:
        yield f"{one.field}: no clause speaks of it here" + ("; nearest:" if one.nearest else "")
    for near in one.nearest:
        parts = ", ".join(f"{part} {getattr(near, part)}" for part in near.differs)
        yield f"  {_marked(near.clauses)} would permit: {parts}"


def _marked(clauses: Iterable[ClauseNumber]) -> str:
    return ", ".join(f"§{number}" for number in clauses)


@policy.command()
@click.argument("old")
@click.argument("new")
@json_option
def diff(old: str, new: str, *, as_json: bool) -> None:
    """
    Say in what one edition means something else than another: who may do what, how long, with which rights and promises.

    OLD and NEW are each an edition's folder or the number of a published edition. What weighs is marked with !: the company may
    do more with somebody's data than before, or has promised less. No rule is made of the words on forms and pages, so they are
    no change; where they differ they follow, marked with ~, in each language, the sentences that people agree to first.
    """
    before, after = _policy_of(old, "OLD"), _policy_of(new, "NEW")
    found, words = difference(before, after), words_difference(before.words, after.words)
    if as_json:
        changes = [_change_as_dict(one) for one in found.changes]
        show_json({"significant": found.is_significant, "changes": changes, "words": [_rewording_as_dict(one) for one in words]})
        return
    for one in found.changes:
        where = _marked(one.clauses)
        click.echo(f"{'!' if one.is_significant else ' '} {one.direction:<8} {sentence(one)}{f'  {where}' if where else ''}")
    weighing = sum(one.is_significant for one in found.changes)
    for rewording in words:
        click.echo(f"~ {rewording.language:<8} {rewording.key} of {rewording.kind} {rewording.thing}: {_marked_words(rewording)}")
    say(f"{counted(len(found.changes), 'change')}, {weighing} significant.")
    _say_of_words(words)


def _say_of_words(words: tuple[Rewording, ...]) -> None:
    if words:
        say(f"Also {counted(len(words), 'other wording')} on forms and pages, of which no rule is made.")
    agreed = sorted({one.thing for one in words if one.is_of_what_was_agreed_to})
    if agreed:
        say(f"The sentence that people agree to reads otherwise ({', '.join(agreed)}): whoever agreed so far agreed to the sentence of then.")


_MARKS = {PieceKind.SAME: ("", ""), PieceKind.GONE: ("[-", "-]"), PieceKind.NEW: ("{+", "+}")}  # as wdiff writes them


def _marked_words(one: Rewording) -> str:
    """Both wordings in one line; what a terminal would take for an order is shown as what it is not."""
    told = "".join(f"{_MARKS[piece.kind][0]}{piece.text}{_MARKS[piece.kind][1]}" for piece in one.pieces)
    return "".join(letter if letter.isprintable() else " " for letter in told)


def _rewording_as_dict(one: Rewording) -> dict[str, str]:
    return {"language": one.language, "kind": one.kind, "id": one.thing, "key": one.key, "before": one.before, "after": one.after}


def _policy_of(named: str, argument: str) -> CompiledPolicy:
    path = Path(named)
    if path.exists():
        return _sound(path)
    if not named.isascii() or not named.isdecimal():
        raise click.BadParameter(f"{named}: no such folder, and no number of an edition", param_hint=argument)
    with environment_may_fail():
        try:
            return editions.compiled(editions.EditionNumber(int(named)))
        except editions.NoEdition:
            leave(NOT_SO, f"edition {named} is not published")


def _change_as_dict(change: Change) -> dict[str, object]:
    return {
        "kind": change.kind,
        "clause": change.clauses[0] if change.clauses else None,
        "clauses": list(change.clauses),
        "direction": change.direction,
        "widens": change.direction is Direction.WIDER,
        "significant": change.is_significant,
        "text": sentence(change),
    }


@policy.command()
@_path
@click.option("--format", "tongue", default="json", show_default=True, type=click.Choice(["json", "cedar", "dpv", "pdf"]), help="In which tongue.")
@click.option("--schema", "as_schema", is_flag=True, help="With cedar: print the schema of the policies instead of them.")
@click.option("--language", default="", help="With pdf: in which of the edition's languages; its own when left out.")
def export(path: Path, *, tongue: str, as_schema: bool, language: str) -> None:
    """
    Print the compiled value of an edition in another tongue.

    json is canonical JSON (RFC 8785), the bytes that are hashed and signed. cedar is the language of an engine that is not
    ours: what the clauses permit and forbid, for its own tools to check and decide with. dpv is JSON-LD in the W3C's Data
    Privacy Vocabulary. pdf is the text to be printed, marked as a draft.
    """
    if as_schema and tongue != "cedar":
        raise click.BadParameter("only cedar has a schema", param_hint="--schema")
    compiled = _sound(path)
    if language and (tongue != "pdf" or language not in compiled.languages):
        raise click.BadParameter("only pdf has a language, one of the edition's", param_hint="--language")
    if tongue == "pdf":
        document = _compile(path).documents[language or compiled.authoritative]
        sys.stdout.buffer.write(_printed(document, compiled))
    elif tongue == "cedar":
        text = cedar_schema(compiled) if as_schema else as_cedar(compiled)
        sys.stdout.buffer.write(text.encode())
    elif tongue == "dpv":
        sys.stdout.buffer.write(as_dpv(compiled).encode())
    else:
        sys.stdout.buffer.write(compiled_json(compiled) + b"\n")


def _printed(document: Document, compiled: CompiledPolicy) -> bytes:
    try:
        return editions.draft_pdf(document, compiled)
    except editions.NotDrawn as error:
        leave(ENVIRONMENT, f"the PDF could not be drawn: {error}")


@policy.command()
@_path
@click.option("--at", "at", type=Instant(), help="When it is to come into force; as soon as may be otherwise.")
def publish(path: Path, *, at: datetime | None) -> None:
    """
    Publish an edition, and bring it into force when its time comes.

    That is at once, unless the edition in force promises notice and anybody's data is held: then after the promised days, and
    the worker or the next start does it. With --at, at that instant: not on a day that has passed, not earlier than promised.

    A published edition never changes: its text and rules are stored with their hash and the house's signature. An edition
    with errors is not published. The desk asks a second person where the law's rule pack does; here nobody is asked, and the
    command says so.
    """
    with keys_must_be_whole():
        try:
            regime = house_regime()
            due, now = editions.next_number(), timezone.now()
            number = publishing.publish_edition(path=path, regime=regime, actor=COMMAND_LINE, now=now, at=at)
        except publishing.Unpublishable as error:
            passed = next((one for one in error.diagnostics if one.code == DAY_PASSED), None)
            if passed:
                leave(NOT_SO, f"nothing was published. {passed.message} {passed.hint}")
            leave(NOT_SO, f"{counted(len(error.diagnostics), 'error')}; nothing was published. See: `{settings.CAMKET_COMMAND} policy check {path}`")
        except publishing.AlreadyPublished:
            leave(NOT_SO, "another text is already published under this number; give the change a new edition")
        except publishing.AlreadyScheduled as error:
            leave(NOT_SO, f"{error}: {in_utc(error.due_at) if error.due_at else 'it is in force'}")
        except publishing.TooEarly as error:
            leave(NOT_SO, f"nothing was published: the notice that was promised lets it come into force from {in_utc(error.earliest)} on")
        except publishing.OutOfOrder:
            leave(NOT_SO, "editions are published in the order of their numbers, without gaps")
        except (SourceMissing, RegimeInvalid) as error:
            leave(ENVIRONMENT, str(error))
        line = editions.edition_line(number)
        say(f"Edition {number} is published and {standing(number)}. SHA-256 {line.hash}")
        if number >= due and asks_for_second(regime, now=now):
            say(f"No second person confirmed it, as {regime.id} asks: {_WHY_ALONE}.")


@policy.command()
def recount() -> None:
    """
    Count anew, from the whole journal, how often each clause answered and what no clause covered.

    The worker counts what is new every half minute; this is for whoever doubts the figures of the desk's page of coverage, or has
    restored a backup.
    """
    with environment_may_fail():
        looked_at = publishing.recount_answers(now=timezone.now())
        say(f"Counted {counted(looked_at, 'entry', 'entries')} of the journal.")
