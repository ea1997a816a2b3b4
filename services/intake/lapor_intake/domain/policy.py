"""Every threshold of intake, named, with its source. Prose never repeats a number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Policy:
    """`reopen_within`: from the resolution, calendar days (assumed; no public rule was found)."""

    reopen_within: timedelta = timedelta(days=30)


# A narrative of fewer words says not enough to send anybody out (assumed: the public form asks for "jelas").
NARRATIVE_WORDS = 5

# Wrong access codes: so many are free, then each further one doubles the wait (assumed).
FREE_ATTEMPTS = 5
FIRST_WAIT_SECONDS = 2
LONGEST_WAIT_SECONDS = 900
ATTEMPTS_FORGOTTEN_AFTER = timedelta(days=1)

# Answers to a repeated request over HTTP are kept as long as ids of sealed submissions are.
REQUESTS_KEPT = timedelta(days=30)

# The reporter's view keeps the latest steps, and of long texts the beginning.
TIMELINE_STEPS = 100
TIMELINE_TEXT = 1_000

# How many wrong fields an answer names.
FIELDS_NAMED = 10
