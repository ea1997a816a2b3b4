"""What all events have in common: immutable, unknown fields ignored, the type name on the class."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints

# An agency or channel code is part of a topic's name, so only what a topic may be called.
Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{2,40}$")]
# Kemendagri's codes: 64, 64.07, 64.07.16, 64.07.16.2004 (province, regency/city, district, village).
AreaCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{2}(\.[0-9]{2}(\.[0-9]{2}(\.[0-9]{4})?)?)?$")]
CategoryCode = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{2,60}(/[a-z0-9-]{2,60})?$")]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
TrackingId = Annotated[str, StringConstraints(pattern=r"^[0-9]{10}$")]
Instant = AwareDatetime
Zone = Literal["WIB", "WITA", "WIT"]
Number = Annotated[int, "an event's number within its complaint and topic, gapless from 1"]


class Value(BaseModel):
    """A part of an event."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Event(Value):
    """The body of an event; `type` is its CloudEvents type and never changes its meaning."""

    type: ClassVar[str]


class Attachment(Value):
    """Evidence by reference: the file itself is kept by the channel, without metadata."""

    id: Line
    media_type: Line
    size: int
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Place(Value):
    """Where it is: as exact as the reporter could say."""

    area_code: AreaCode | None = None
    latitude: float | None = None
    longitude: float | None = None
    address: Line | None = None


class Agency(Value):
    """An agency as it was when the event was written: all that a deadline and its ladder need."""

    code: Code
    name: Line
    zone: Zone
    superior: Code | None = None
    ombudsman_office: Code | None = None
