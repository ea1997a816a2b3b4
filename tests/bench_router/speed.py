"""How fast a process decides, how soon it is ready and how much memory it holds, in a process of its own.

`python -m tests.bench_router.speed <csv>` prints the figures as JSON; the bench starts it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

SECONDS = 3.0
CHARACTERS = 500


def measured(texts: Path, repository: Path) -> dict[str, float]:
    """In a fresh process, so that nothing of the bench's own (scikit-learn) is counted."""
    command = [sys.executable, "-m", "tests.bench_router.speed", str(texts)]
    done = subprocess.run(command, cwd=repository, stdout=subprocess.PIPE, text=True, check=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def main() -> None:
    began = time.perf_counter()
    from tests.bench_router.parts import parts  # the imports are part of the start

    loaded = parts()
    start = time.perf_counter() - began + _interpreter()
    from tests.bench_router.decision import gate, outcome
    from tests.bench_router.reads import Read
    from tests.bench_router.texts import read

    rows = [row for row in read(Path(sys.argv[1])) if abs(len(row.whole) - CHARACTERS) < CHARACTERS / 5]
    decided, began = 0, time.perf_counter()
    while rows and (spent := time.perf_counter() - began) < SECONDS:
        for row in rows:
            about = loaded.about(row)
            outcome(Read(row, about, about, None), loaded, gate(None, 0.02))
        decided += len(rows)
    rate = decided / spent if rows else 0.0
    memory = _resident()
    print(json.dumps({"decisions_per_s": round(rate), "start_s": round(start, 2), "rss_mb": round(memory, 1)}))


def _interpreter() -> float:
    """Seconds that Python itself takes to start."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", ""], check=True)
    return time.perf_counter() - began


def _resident() -> float:
    """MB (10^6 bytes) of this process."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(kilobytes) * 1024 / 1e6


if __name__ == "__main__":
    main()
