"""Wrong access codes are slowed down, for a tracking id that exists as for one that does not."""

from __future__ import annotations

from lapor_intake.domain.policy import FIRST_WAIT_SECONDS, FREE_ATTEMPTS, LONGEST_WAIT_SECONDS


def wait_after(failures: int) -> int:
    """Seconds until the next attempt is looked at, after so many wrong ones in a row."""
    if failures < FREE_ATTEMPTS:
        return 0
    return int(min(FIRST_WAIT_SECONDS * 2.0 ** min(failures - FREE_ATTEMPTS, 30), LONGEST_WAIT_SECONDS))
