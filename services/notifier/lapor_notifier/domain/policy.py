"""Every number of the notifier, once, with its source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When a mail is tried again, on the wall's clock. The delay doubles from `first` up to `longest`."""

    # A grey-listing server takes the second attempt after minutes; a full mailbox takes days.
    first: timedelta = timedelta(seconds=5)
    longest: timedelta = timedelta(hours=1)
    # RFC 5321, 4.5.4.1: the give-up time generally needs to be at least 4-5 days.
    give_up_after: timedelta = timedelta(days=5)
    give_up_attempts: int = 150


@dataclass(frozen=True, slots=True)
class SendingPolicy:
    """How the sending loop works, on the wall's and the monotonic clock."""

    retry: RetryPolicy = RetryPolicy()
    # A mail server that does not answer at all pauses everything, not each mail on its own.
    outage_first: timedelta = timedelta(seconds=1)
    outage_longest: timedelta = timedelta(seconds=60)
    # What a crash between sending and noting it repeats is one batch at most.
    batch: int = 100
    # A batch is sent within `window`, so that no lease ends while its mail is on its way:
    # window + time_out < lease.
    lease: timedelta = timedelta(seconds=120)
    window: timedelta = timedelta(seconds=60)
    time_out: timedelta = timedelta(seconds=30)
    # How long the loop waits after a batch that was not full.
    idle: timedelta = timedelta(seconds=0.25)


# lapor.contacts is kept for 7 days: a contact that did not come by then will not come.
CONTACT_WAIT = timedelta(days=7)
# The register is a topic of its own and may lag behind the assignment that names a new agency.
ADDRESS_WAIT = timedelta(hours=1)
# Text mails: RFC 5322, 2.1.1 recommends no more than 78 characters a line.
LINE_WIDTH = 78
