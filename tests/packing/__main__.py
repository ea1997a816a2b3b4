"""`python -m tests.packing --out services/escalation/lapor_escalation/dictionaries/1.zdict`: a dictionary for the
states of escalation, trained on those that the service's own handlers make of a year's stories.

All that differs from complaint to complaint (ids, times, numbers, places, titles, agencies) differs here too. A file
that was released is never made anew: write the next one, and let one version read it before the next writes with it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean

import msgspec
from lapor_chassis.packing import LEVEL, Packing
from zstandard import train_dictionary

from tests.packing.states import walked
from tests.packing.variety import as_real

SIZE = 8_192
TRAINED_ON, HELD_BACK = 4_000, 1_000


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.packing", description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--size", type=int, default=SIZE)
    asked = parser.parse_args(argv)
    if asked.out.exists():
        print(f"{asked.out} is there already: rows may be packed with it; give the next number", file=sys.stderr)
        return 2
    texts: list[bytes | bytearray | memoryview] = [*_texts(0, TRAINED_ON)]
    trained = train_dictionary(asked.size, texts, level=LEVEL).as_bytes()
    asked.out.write_bytes(trained)
    others, packing = list(_texts(TRAINED_ON, TRAINED_ON + HELD_BACK)), Packing([trained])
    packed = [packing.pack(text) for text in others]
    print(
        f"{asked.out}: trained on {len(texts):,} states; {len(others):,} others take {mean(map(len, packed)):.0f} bytes"
        f" each, not {mean(map(len, others)):.0f}"
    )
    return 0


def _texts(low: int, high: int) -> Iterator[bytes]:
    """Each complaint's states at three moments of its life."""
    for number in range(low, high):
        states = walked(number)
        for at in {len(states) // 3, len(states) * 2 // 3, len(states) - 1}:
            yield as_real(msgspec.json.encode(states[at]).decode(), number).encode()


if __name__ == "__main__":
    sys.exit(main())
