"""Which measures the text allows against which violation (policy §2)."""

from camket.policy.compiled import CompiledPolicy, MeasureRule


def measures_for(policy: CompiledPolicy, violation: str) -> tuple[MeasureRule, ...]:
    """
    Return the measures that a clause allows against a violation; none for a violation that the text does not name.

    Args:
        policy: The edition that binds.
        violation: The violation's id.

    Source: policy §2.
    """
    return tuple(rule for rule in policy.measures if violation in rule.violations)
