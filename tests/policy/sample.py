"""The ordinary small edition of `sample_edition/`, invented for these tests, and the hands to break it with."""

from datetime import date
from pathlib import Path

from camket.policy.compiled import CompiledPolicy
from camket.policy.compiler import Compilation, compile_edition
from camket.policy.regimes import Regime, parse_regime
from camket.policy.source import EditionSource
from camket.policy.terms import CONTROLLER, Ask, FieldName, Operation, PurposeId, RecipientId

TODAY = date(2026, 11, 23)

HOME = Path(__file__).parent / "sample_edition"
FILES = {name: (HOME / name).read_text() for name in ("edition.toml", "policy.vi.md", "policy.en.md")}
EDITION, VI, EN = FILES.values()
LAW = (HOME / "law.toml").read_text()


def edited(old: str, new: str, file: str = "policy.vi.md") -> EditionSource:
    """Return the sample edition with the first `old` replaced; a text that does not hold it fails the test."""
    assert old in FILES[file], f"{file} does not hold {old!r}"
    return EditionSource(files={**FILES, file: FILES[file].replace(old, new, 1)})


def sample_source() -> EditionSource:
    """Return the source of the sample edition."""
    return EditionSource(files=FILES)


def sample_regime() -> Regime:
    """Return a law that knows one deadline and requires nothing."""
    return parse_regime(LAW)


def sample_policy() -> CompiledPolicy:
    """Return the sample edition, compiled."""
    return policy_of(compile_edition(sample_source(), None))


def policy_of(compilation: Compilation) -> CompiledPolicy:
    """Return the compiled policy, or fail with the findings that prevent it."""
    assert compilation.policy is not None, "\n".join(f"{one.file}:{one.line} {one.code} {one.message}" for one in compilation.diagnostics)
    return compilation.policy


def ask(operation: str, purpose: str, *fields: str, recipient: str = CONTROLLER) -> Ask:
    """Return an ask, written short."""
    return Ask(
        operation=Operation(operation),
        fields=frozenset(FieldName(name) for name in fields),
        purpose=PurposeId(purpose),
        recipient=RecipientId(recipient),
    )
