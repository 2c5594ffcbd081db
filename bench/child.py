"""One scene on one database in a process of its own, so that no scene meets what another has left in memory or in tables."""

import importlib
import json
import sys
from dataclasses import asdict

from bench import home, plan
from camket.config.boot import settle_down


def main() -> None:
    """Measure what the plan in the first argument says, and print the figures as one line of JSON."""
    chosen = plan.from_json(sys.argv[1])
    home.settle(chosen)
    scene = importlib.import_module(f"bench.scenes.{chosen.scene}")  # late: it names tables, which exist only once Django is set up
    settle_down()  # as the product does once it is loaded; ours and the rival's alike
    print(json.dumps([asdict(figure) for figure in scene.measure(chosen)], ensure_ascii=False))


if __name__ == "__main__":
    main()
