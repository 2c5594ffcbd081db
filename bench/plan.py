"""What one process of a run is to measure, handed over as JSON in its arguments."""

import json
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One scene on one database, how large, and where its rivals live."""

    scene: str
    database: str  # "sqlite" or "postgres"
    quick: bool
    rounds: int
    folder: str  # made for this process alone, gone afterwards
    ready: str = ""  # of the whole run: an installation on SQLite as the first scene made it, which the others begin with
    peers_python: str = ""  # empty: no rivals
    postmaster: int = 0  # process id of the PostgreSQL server; 0 where there is none
    addresses: dict[str, str] = field(default_factory=dict)  # of PostgreSQL databases: default, keys, plain, peers

    def sized(self, full: int, *, quick: int) -> int:
        """Return how many, for the run this is."""
        return quick if self.quick else full

    def as_json(self) -> str:
        """Return what `from_json` takes."""
        return json.dumps(asdict(self))


def from_json(text: str) -> Plan:
    """Return the plan that `as_json` wrote."""
    return Plan(**json.loads(text))
