"""What a privacy officer waits for who writes the policy: compiling edition 1 beside the law, and comparing two editions by what they mean."""

from dataclasses import replace
from functools import partial
from pathlib import Path

from django.conf import settings

from bench.figures import AT_MOST, Figure, Naming
from bench.plan import Plan
from bench.rounds import interleaved, middle
from bench.sample import timed
from camket.duties.publishing.queries import read_edition, read_regime
from camket.policy.changes import difference
from camket.policy.compiler import compile_edition
from camket.policy.regimes import Regime
from camket.policy.source import EditionSource, parse_document

_RULE = 'purposes = ["advise", "notify"]\nafter = "inquiry.closed"\nkeep = "P90D"'
_MOST_MS = 100.0


def measure(plan: Plan) -> list[Figure]:
    """Return how long both take, in milliseconds."""
    source, regime = read_edition(Path(settings.CAMKET_POLICY) / "edition-1"), read_regime(Path(settings.CAMKET_REGIME_FILE))
    old = compile_edition(source, regime).policy
    new = compile_edition(_with_a_longer_period(source), regime).policy
    assert old is not None
    assert new is not None
    assert difference(old, new).changes, "the two must differ"
    acts = {"compile edition 1": partial(_compile_anew, source, regime), "compare two editions": partial(difference, old, new)}
    each = plan.sized(10, quick=1)
    taken = interleaved(plan.rounds, {name: partial(timed, [(name, act)] * each) for name, act in acts.items()})
    told = Naming(scene="writing")
    return [
        told.figure(
            name,
            [sample.p50_us[name] / 1000 for sample in samples],
            "ms",
            cpu_us=middle(samples, lambda sample: sample.cpu_us),
            target=(AT_MOST, _MOST_MS),
        )
        for name, samples in taken.items()
    ]


def _compile_anew(source: EditionSource, regime: Regime) -> None:
    parse_document.cache_clear()  # a text that nobody has read before
    compile_edition(source, regime)


def _with_a_longer_period(source: EditionSource) -> EditionSource:
    texts = {
        name: text.replace(_RULE, _RULE.replace("P90D", "P180D"), 1).replace("number = 1", "number = 2", 1) for name, text in source.files.items()
    }
    return replace(source, files=texts)
