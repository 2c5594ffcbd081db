"""Editions that Hypothesis draws: sound texts over a few fields and purposes, with a plain list of what they permit and forbid."""

from dataclasses import dataclass
from itertools import product

from hypothesis import strategies as st

from camket.policy.compiled import AskKey, CompiledPolicy
from camket.policy.compiler import compile_edition
from camket.policy.source import EditionSource
from camket.policy.terms import ROLES, FieldName, Operation, PurposeId, RecipientId, RoleId
from tests.policy.sample import EDITION, policy_of

FIELDS = ("name", "mail", "note")
PURPOSES = ("advise", "notify")
RECIPIENTS = ("controller", "carrier")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A drawn edition, compiled, and what its text says in the plainest form."""

    source: EditionSource
    policy: CompiledPolicy
    permitted: set[tuple[AskKey, str]]
    forbidden: set[tuple[AskKey, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One permit or prohibition; ("*",) stands for everything of its kind."""

    roles: tuple[str, ...]
    operations: tuple[str, ...]
    purposes: tuple[str, ...]
    fields: tuple[str, ...]
    recipients: tuple[str, ...]

    def written(self, head: str) -> str:
        """Return the act as a rule's table."""
        lists = ("roles", "operations", "purposes", "fields", "recipients")
        return f"[[{head}]]\n" + "".join(f"{name} = {[str(one) for one in getattr(self, name)]}\n" for name in lists)

    def meant(self) -> set[tuple[AskKey, str]]:
        """Return every single combination the act speaks of, wildcards written out."""
        known = (tuple(ROLES), tuple(Operation), PURPOSES, FIELDS, RECIPIENTS)
        said = (self.roles, self.operations, self.purposes, self.fields, self.recipients)
        written_out = [every if words == ("*",) else words for every, words in zip(known, said, strict=True)]
        return {
            ((RoleId(role), Operation(operation), PurposeId(purpose), RecipientId(recipient)), FieldName(field))
            for role, operation, purpose, field, recipient in product(*written_out)
        }


def some(options: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    """Draw one or more of the options, none twice."""
    return st.lists(st.sampled_from(options), min_size=1, max_size=3, unique=True).map(tuple)


def acts(*, wild: bool) -> st.SearchStrategy[Act]:
    """Draw a permit, or, with `wild`, a prohibition whose lists may be "*"."""

    def listed(options: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
        return some(options) | st.just(("*",)) if wild else some(options)

    return st.builds(
        Act,
        roles=listed(tuple(sorted(ROLES))),
        operations=listed(tuple(Operation)),
        purposes=listed(PURPOSES),
        fields=listed(FIELDS),
        recipients=listed(RECIPIENTS),
    )


@st.composite
def editions(draw: st.DrawFn) -> Drawn:
    """Draw an edition that compiles: one clause declares everything, each further clause permits or forbids something."""
    permits = draw(st.lists(acts(wild=False), max_size=4))
    forbids = draw(st.lists(acts(wild=True), max_size=2))
    clauses = [DECLARED, *(one.written("permit") for one in permits), *(one.written("forbid") for one in forbids)]
    text = "# T\n\n## 1. S\n\n" + "\n\n".join(f"1.{n} C.\n\n```rule\n{rule}```" for n, rule in enumerate(clauses, 1)) + WORDS
    source = EditionSource(files={"edition.toml": EDITION.replace('["en"]', "[]"), "policy.vi.md": text})
    permitted = BASE.meant().union(*(one.meant() for one in permits))
    forbidden = set[tuple[AskKey, str]]().union(*(one.meant() for one in forbids))
    return Drawn(source=source, policy=policy_of(compile_edition(source, None)), permitted=permitted, forbidden=forbidden)


BASE = Act(roles=("system",), operations=("erase",), purposes=PURPOSES, fields=FIELDS, recipients=("controller",))
DECLARED = (
    "".join(f'[[field]]\nid = "{name}"\nkind = "text"\nmax_length = 9\n' for name in FIELDS)
    + '[[purpose]]\nid = "advise"\nbasis = "consent"\n[[purpose]]\nid = "notify"\nbasis = "contract"\narticle = "x"\n'
    + '[[recipient]]\nid = "controller"\nkind = "controller"\n[[recipient]]\nid = "carrier"\nkind = "processor"\n'
    + '[[collection]]\nid = "all"\nfields = ["name", "mail", "note"]\npurposes = ["advise", "notify"]\n'
    + '[[retain]]\npurposes = ["advise", "notify"]\nafter = "inquiry.closed"\nkeep = "P30D"\nthen = "erase"\n'
    + BASE.written("permit")
)
WORDS = "\n\n```words\n" + "".join(
    [f'field.{name} = {{ label = "L", why = "W" }}\n' for name in FIELDS]
    + [f'purpose.{name} = {{ label = "L", consent = "C" }}\n' for name in PURPOSES]
    + [f'recipient.{name}.label = "L"\n' for name in RECIPIENTS]
)
WORDS += "```\n"
