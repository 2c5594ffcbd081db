"""Rounds: every contender does one round after the other, again and again, so that a busy minute hits all of them."""

from collections.abc import Callable, Mapping, Sequence
from statistics import median

from bench.sample import Sample

Rounds = Mapping[str, Sequence[Sample]]


def interleaved(count: int, contenders: Mapping[str, Callable[[], Sample]]) -> Rounds:
    """Return the samples of `count` rounds; in every second round the contenders take their turns the other way round."""
    taken: dict[str, list[Sample]] = {name: [] for name in contenders}
    for number in range(count):
        for name in list(contenders) if number % 2 == 0 else reversed(contenders):
            taken[name].append(contenders[name]())
    return taken


def middle(samples: Sequence[Sample], measure: Callable[[Sample], float]) -> float:
    """Return the median of a measure over the rounds."""
    return median(measure(sample) for sample in samples)


def ratio(ours: Sequence[Sample], theirs: Sequence[Sample], measure: Callable[[Sample], float] = lambda sample: sample.rate) -> list[float]:
    """Return, round by round, how often theirs goes into ours."""
    return [measure(one) / measure(other) for one, other in zip(ours, theirs, strict=True)]
