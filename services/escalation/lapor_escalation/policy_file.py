"""The operator's own limits and steps: a TOML file (LAPOR_ESCALATION_POLICY) that replaces the defaults it names.

[limits.first_response]            # verification, acceptance, first_response, reporter_reply, decision
value = 3
unit = "working_days"              # or calendar_days
source = "Pergub ..."

[by_type.information_request]      # the time of the whole, by report type, in working days
value = 5
source = "..."

[supervision]                      # complaints of these categories need a field examination: 60 working days
categories = ["lingkungan", "pertambangan/izin"]
value = 60                         # and source: where the rule has changed

[[profiles]]                       # any number; of several that fit the last one counts
rules = ["first_response", "completion"]
value = 3
unit = "working_days"
source = "Perbup Kutai Barat ..."
agencies = ["6407-*", "64-dlh"]    # codes; * stands for any part: 6407-* a regency's, *-pupr a kind's
categories = ["jalan-rusak"]       # and all below them
report_types = ["complaint"]
from = 2026-01-01                  # inclusive; a clock is counted by the profile of the day on which it starts
to = 2027-01-01                    # exclusive

[steps]                            # working days: before the limit, after it, after that
reminded = 1
superior_told = 2
alerted = 3

[ombudsman]                        # calendar days; rounds: 1 or 2
clarification_days = 14
rounds = 2
heed_days = 14                     # after a reprimand, before its agency is published as one that ignores it

[chronic]                          # who is chronically silent, for the President's oversight
window_days = 90
minimum = 10
share_percent = 50
"""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, Final, Literal

from lapor_contracts.base import CategoryCode, Line
from lapor_contracts.complaints import ReportType
from lapor_contracts.escalations import Limit, LimitRule, Unit
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from lapor_escalation.domain.policy import Chronic, Ombudsman, Policy, Profile, acceptance_of, limit_of

Days = Annotated[int, Field(ge=1, le=1_000)]
Pattern = Annotated[str, StringConstraints(pattern=r"^[a-z0-9*-]{1,40}$")]
# They count the citizen's time, over all agencies.
CITIZENS: Final[frozenset[LimitRule]] = frozenset({"verification", "acceptance", "whole"})


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Typed(_Part):
    value: Days
    source: Line


class _Limit(_Typed):
    unit: Unit = "working_days"


class _Supervision(_Part):
    categories: tuple[CategoryCode, ...]
    value: Days | None = None
    source: Line | None = None

    @model_validator(mode="after")
    def _both(self) -> _Supervision:
        if (self.value is None) != (self.source is None):
            raise ValueError("value and source come together")
        return self


class _Profile(_Limit):
    rules: Annotated[tuple[LimitRule, ...], Field(min_length=1)]
    report_types: tuple[ReportType, ...] = ()
    agencies: tuple[Pattern, ...] = ()
    categories: tuple[CategoryCode, ...] = ()
    valid_from: date | None = Field(default=None, alias="from")
    valid_to: date | None = Field(default=None, alias="to")

    @model_validator(mode="after")
    def _can_hold(self) -> _Profile:
        citizens = sorted(CITIZENS.intersection(self.rules))
        if self.agencies and citizens:
            raise ValueError(f"{', '.join(citizens)} is the citizen's clock: it has no agency")
        if self.valid_from and self.valid_to and self.valid_from >= self.valid_to:
            raise ValueError("`to` must be later than `from`: it is the first day that is not counted by it")
        return self


class _Ombudsman(_Part):
    clarification_days: Days = Ombudsman().clarification_days
    rounds: Annotated[int, Field(ge=1, le=2)] = Ombudsman().rounds
    heed_days: Days = Ombudsman().heed_days


class _Chronic(_Part):
    window_days: Annotated[int, Field(ge=7, le=366)] = Chronic().window_days
    minimum: Annotated[int, Field(ge=1)] = Chronic().minimum
    share_percent: Annotated[int, Field(ge=1, le=100)] = Chronic().share_percent


class _File(_Part):
    limits: dict[Literal["verification", "acceptance", "first_response", "reporter_reply", "decision"], _Limit] = {}
    by_type: dict[ReportType, _Typed] = {}
    supervision: _Supervision | None = None
    profiles: tuple[_Profile, ...] = ()
    steps: dict[Literal["reminded", "superior_told", "alerted"], Days] = {}
    ombudsman: _Ombudsman = _Ombudsman()
    chronic: _Chronic = _Chronic()


def read(path: Path) -> Policy:
    """Raises ValueError that says where the file is wrong, OSError where it cannot be read."""
    try:
        file = _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise ValueError(f"{_path(first['loc'])}: {first['msg'].removeprefix('Value error, ')}") from None
    default = Policy()
    limits = {rule: _limit(rule, limit) for rule, limit in file.limits.items()}
    verification = limits.get("verification", default.verification)
    first_response = limits.get("first_response", default.first_response)
    supervision = file.supervision
    value, source = (supervision.value, supervision.source) if supervision else (None, None)
    return replace(
        default,
        verification=verification,
        acceptance=limits.get("acceptance", _acceptance(verification, first_response, file.profiles)),
        first_response=first_response,
        reporter_reply=limits.get("reporter_reply", default.reporter_reply),
        decision=limits.get("decision", default.decision),
        by_type=default.by_type | {name: (typed.value, typed.source) for name, typed in file.by_type.items()},
        supervised=supervision.categories if supervision else (),
        supervision=(value, source) if value and source else default.supervision,
        profiles=tuple(_profile(profile) for profile in file.profiles),
        steps=default.steps | dict(file.steps.items()),
        ombudsman=Ombudsman(**file.ombudsman.model_dump()),
        chronic=Chronic(**file.chronic.model_dump()),
    )


def _path(location: tuple[int | str, ...]) -> str:
    """`profiles[2].from`: the third profile of the file is [2], as everywhere in TOML."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return text.removeprefix(".")


def _limit(rule: str, limit: _Limit) -> Limit:
    """A person's decision is a verification."""
    named: LimitRule = "verification" if rule == "decision" else rule  # type: ignore[assignment]
    return limit_of(named, limit.value, limit.unit, limit.source)


def _acceptance(verification: Limit, first_response: Limit, profiles: tuple[_Profile, ...]) -> Limit:
    """Follows the two that it is made of, with the longest first response that any profile gives: an agency that
    keeps its own limit must not set off the system's. So many calendar days are never more than as many working days.
    """
    longest = max((p.value for p in profiles if "first_response" in p.rules), default=0)
    return acceptance_of(verification.value, max(first_response.value, longest))


def _profile(profile: _Profile) -> Profile:
    return Profile(
        rules=profile.rules, value=profile.value, unit=profile.unit, source=profile.source,
        report_types=profile.report_types, agencies=profile.agencies, categories=profile.categories,
        valid_from=profile.valid_from, valid_to=profile.valid_to,
    )  # fmt: skip
