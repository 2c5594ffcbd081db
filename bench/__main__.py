"""`script/bench`: run every scene, print a table of targets and figures, and write them as JSON where asked."""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from bench.figures import Figure, printed, write
from bench.plan import Plan
from bench.server import Server, running

ROOT = Path(__file__).resolve().parents[1]
PEERS_PYTHON = ROOT / ".venv-peers" / "bin" / "python"
# what is measured, and on which databases
SCENES = {
    "decision": ("sqlite",),
    "datapath": ("sqlite", "postgres"),
    "gdprbench": ("sqlite", "postgres"),
    "fieldstore": ("sqlite", "postgres"),
    "journal": ("sqlite", "postgres"),
    "erasing": ("sqlite", "postgres"),
    "registering": ("sqlite", "postgres"),
    "epochs": ("sqlite", "postgres"),
    "desk": ("sqlite", "postgres"),
    "forms": ("sqlite", "postgres"),
    "handover": ("sqlite",),
    "campaigns": ("sqlite", "postgres"),
    "writing": ("sqlite",),
}
ALIASES = ("default", "keys", "plain", "peers")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/bench", description="Measure what protection costs, in one run (docs/performance.md).")
    parser.add_argument("--peers", action="store_true", help="measure the named rivals too; they are installed into .venv-peers")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write every figure there")
    parser.add_argument("--quick", action="store_true", help="tiny sizes and one round: shows that everything runs, and measures nothing")
    parser.add_argument("--only", metavar="SCENE", action="append", choices=sorted(SCENES), help="this scene only; may be repeated")
    parser.add_argument("--database", choices=("sqlite", "postgres"), help="this database only")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each contender; 5 otherwise")
    return parser.parse_args()


def main() -> int:
    """Run what was asked for; 1 when a scene failed."""
    asked = _arguments()
    chosen = [(scene, database) for scene, databases in SCENES.items() for database in databases if _is_wanted(asked, scene, database)]
    needs_server = any(database == "postgres" for _, database in chosen)
    figures: list[Figure] = []
    skipped: list[str] = []
    failed = False
    with tempfile.TemporaryDirectory(prefix="camket-bench-") as run, running() if needs_server else nullcontext() as server:
        for scene, database in chosen:
            _say(f"{scene}, {database} …")
            try:
                with _plan(asked, scene, database, server, Path(run) / "ready") as plan:
                    found = _measure(plan)
            except subprocess.CalledProcessError:  # its own words stand above
                found, failed = [], True
            figures += found
            skipped += [] if found else [f"{scene}, {database}"]
            if asked.json:  # after every scene: an interrupted run has not been for nothing
                write(asked.json, figures, skipped=skipped, quick=asked.quick)
    print(printed(figures))
    for what in skipped:
        print(f"NOT MEASURED: {what}")
    return int(failed)


def _is_wanted(asked: argparse.Namespace, scene: str, database: str) -> bool:
    return (not asked.only or scene in asked.only) and asked.database in (None, database)


@contextmanager
def _plan(asked: argparse.Namespace, scene: str, database: str, server: Server | None, ready: Path) -> Iterator[Plan]:
    folder = Path(tempfile.mkdtemp(prefix="camket-bench-"))
    names = {alias: f"bench_{alias}" for alias in ALIASES} if database == "postgres" else {}
    if server is not None and names:
        server.create(list(names.values()))
    try:
        yield Plan(
            scene=scene,
            database=database,
            quick=asked.quick,
            rounds=1 if asked.quick else asked.rounds,
            folder=str(folder),
            ready=str(ready),
            peers_python=str(PEERS_PYTHON) if asked.peers else "",
            postmaster=server.postmaster if server is not None and names else 0,
            addresses={alias: server.address_of(name) for alias, name in names.items()} if server is not None else {},
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if server is not None and names:
            server.drop(list(names.values()))


def _measure(plan: Plan) -> list[Figure]:
    done = subprocess.run([sys.executable, "-m", "bench.child", plan.as_json()], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return [Figure(**one) for one in json.loads(done.stdout.splitlines()[-1])]


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
