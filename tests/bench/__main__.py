"""`python -m tests.bench --out build/bench.json [--only router,intake] [--quick] [--strict]`: see `make bench`."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from tests.bench import figures
from tests.bench.figures import Figure
from tests.bench.ground import ground
from tests.bench.single import Single, Sizes

SINGLE = ("intake", "router", "escalation", "notifier", "mails")
FULL = Sizes(submitted=12_000, complaints=40_000, mails=6_000)
QUICK = Sizes(submitted=2_000, complaints=6_000, mails=1_500)


def main() -> int:
    arguments = _arguments()
    console = Console(stderr=True)
    # What an operator's shell says to his services says nothing here.
    for name in [name for name in os.environ if name.startswith("LAPOR_") and name != "LAPOR_CACHE"]:
        del os.environ[name]
    began = time.monotonic()

    def say(text: str) -> None:
        console.print(f"[dim]{time.monotonic() - began:5.0f} s[/dim] {text}")

    found: list[Figure] = []
    sizes = QUICK if arguments.quick else FULL
    load = os.getloadavg()[0]
    wanted = frozenset(arguments.only)
    with _folder() as folder:
        if wanted & set(SINGLE):
            with ground(folder / "single", say) as made:
                single = Single(made, sizes, wanted)
                single.run()
                found += single.figures
    figures.write(found, arguments.out)
    console.print(figures.table(found))
    for figure in found:
        console.print(f"[bold]{figure.name}[/bold]: {figure.note}", highlight=False)
    console.print(f"{time.monotonic() - began:.0f} s; load when it began {load:.1f}; {arguments.out}")
    missed = [figure.name for figure in found if figures.met(figure) is False]
    return 1 if missed and arguments.strict else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build/bench.json"))
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(SINGLE), help=", ".join(SINGLE))
    parser.add_argument("--quick", action="store_true", help="a tenth of the work: for a first look, not for figures")
    parser.add_argument("--strict", action="store_true", help="exit code 1 where something demanded is not reached")
    return parser.parse_args()


@contextmanager
def _folder() -> Iterator[Path]:
    """For both stacks; open to PostgreSQL's user, and gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="lapor-bench-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
