"""When an attempt that may still succeed is made again, and when it is not."""

from __future__ import annotations

from datetime import timedelta

from lapor_notifier.domain.policy import RetryPolicy


def next_attempt(attempts: int, age: timedelta, chance: float, policy: RetryPolicy) -> timedelta | None:
    """How long to wait after the `attempts`th attempt of a mail queued `age` ago; None: give up.

    `chance` in [0, 1) spreads the attempts from half to one and a half of the delay, so that mails that
    failed together do not come back together.
    """
    if attempts >= policy.give_up_attempts or age >= policy.give_up_after:
        return None
    return backed_off(attempts, policy.first, policy.longest) * (0.5 + chance)


def backed_off(times: int, first: timedelta, longest: timedelta) -> timedelta:
    """`first`, doubled for each time after the first, never above `longest`."""
    doublings = min(times - 1, 30)  # 2**30 times anything is above any longest
    return min(first * int(2**doublings), longest)
