"""Print a run's figures as the table of docs/performance.md: `python -m bench.table FILE`, FILE as `script/bench --json` wrote it."""

import json
import sys
from pathlib import Path

from bench.figures import Figure, rows


def main() -> None:
    """Print the table in Markdown."""
    told = json.loads(Path(sys.argv[1]).read_text())["figures"]
    figures = [Figure(**{name: value for name, value in one.items() if name != "met"}) for one in told]
    heading, *lines = rows(figures)
    for row in (heading, ["---"] * len(heading), *lines):
        print(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    main()
