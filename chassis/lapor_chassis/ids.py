"""UUIDv7: ids that sort by the wall time of their making."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import uuid_utils.compat

VERSION = 7


def uuid7() -> UUID:
    return uuid_utils.compat.uuid7()


def uuid7_time(value: UUID) -> datetime | None:
    """When it was made, to the millisecond; None where it is not a UUIDv7."""
    if value.version != VERSION:
        return None
    try:
        return datetime.fromtimestamp((value.int >> 80) / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return None
