"""Every threshold of escalation, with its source. The only place where these numbers stand.

PermenPANRB 62/2018 was replaced by PermenPANRB 5/2025, whose limits are not known here: no compliance with
5/2025 is claimed. Each limit carries its own source and may carry dates, so that a later rule is a change of data:
a `Profile` in the operator's file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Final

from lapor_contracts.complaints import ReportType
from lapor_contracts.escalations import Limit, LimitRule, Step, Unit

LAST_DECREE_YEAR: Final = 2027  # joint decree of three ministers of September 2026; later years are estimates

_STANDARD: Final = "SP4N-LAPOR! service standard: "
_PERMENPANRB: Final = "PermenPANRB 62/2018 (limits of 5/2025 not known): "


@lru_cache(1_000)
def limit_of(rule: LimitRule, value: int, unit: Unit, source: str) -> Limit:
    """There are a handful of limits, and millions of clocks."""
    return Limit(rule=rule, value=value, unit=unit, source=source)


def _working_days(rule: LimitRule, value: int, source: str) -> Limit:
    return limit_of(rule, value, "working_days", source)


VERIFICATION: Final = _working_days("verification", 3, _STANDARD + "verify and forward")
# A person who is asked verifies and forwards in the router's place: the same time, from the question on.
DECISION: Final = _working_days("verification", 3, _STANDARD + "verify and forward, by a person who was asked")
FIRST_RESPONSE: Final = _working_days("first_response", 5, _STANDARD + "first follow-up by the agency")
_BOTH: Final = _STANDARD + "verification and first follow-up together"
REPORTER_REPLY: Final = _working_days("reporter_reply", 10, _STANDARD + "closes without a reply to a follow-up")

_BY_TYPE: Final[dict[ReportType, tuple[int, str]]] = {
    "information_request": (5, _PERMENPANRB + "information request, normative"),
    "complaint": (14, _PERMENPANRB + "complaint without supervision matter"),
    "aspiration": (14, _PERMENPANRB + "treated as a complaint without supervision matter (assumed)"),
}
# No event says whether a complaint needs supervision (a field examination), so categories stand for it: none by
# default, the operator's file names them.
SUPERVISION: Final = (60, _PERMENPANRB + "complaint with supervision matter (field examination)")


def acceptance_of(verification: int, first_response: int) -> Limit:
    """An agency that answers within its own limit must never set off the system's: so both limits together,
    counted from the registration. It catches a complaint that agencies pass on to each other."""
    return _working_days("acceptance", verification + first_response, _BOTH)


ACCEPTANCE: Final = acceptance_of(VERIFICATION.value, FIRST_RESPONSE.value)


@dataclass(frozen=True, slots=True)
class Matter:
    """What a limit is looked up by. `day`: on which its clock starts, in the clock's own zone. `agency` None: the
    citizen's clock."""

    report_type: ReportType
    day: date
    category: str | None = None
    agency: str | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """One rule of the operator's file. What it does not name it does not ask for.

    `agencies`: codes, or patterns of them (`6407-*`: a regency's, `*-pupr`: a kind). `categories`: prefixes.
    `valid_from` inclusive, `valid_to` exclusive: by the day on which a clock starts.
    """

    rules: tuple[LimitRule, ...]
    value: int
    unit: Unit
    source: str
    report_types: tuple[ReportType, ...] = ()
    agencies: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None

    def holds(self, rule: LimitRule, matter: Matter) -> bool:
        return (
            rule in self.rules
            and (self.valid_from is None or self.valid_from <= matter.day)
            and (self.valid_to is None or matter.day < self.valid_to)
            and (not self.report_types or matter.report_type in self.report_types)
            and (not self.categories or is_within(matter.category, self.categories))
            and (not self.agencies or _is_one_of(matter.agency, self.agencies))
        )


@dataclass(frozen=True, slots=True)
class Ombudsman:
    """UU 37/2008 Ps 33 (assumed, high confidence): a written explanation, a second request, then the right of reply
    is waived. `rounds`: how often it is asked, `clarification_days` (calendar) for each. `heed_days` (calendar): what
    a reprimand gives before its agency is published as one that ignores it (our own choice, as long as a round)."""

    clarification_days: int = 14
    rounds: int = 2
    heed_days: int = 14


@dataclass(frozen=True, slots=True)
class Chronic:
    """When an agency counts as chronically silent (our own choice: no rule names it): of at least `minimum` limits
    that ended in the last `window_days` (calendar) the share of missed ones is `share_percent` or more."""

    window_days: int = 90
    minimum: int = 10
    share_percent: int = 50


def _steps() -> dict[Step, int]:
    return {"reminded": 1, "superior_told": 2, "alerted": 3}


@dataclass(frozen=True, slots=True)
class Policy:
    """`profiles`: the last one that fits wins; what none fits is counted by the fields.

    `steps`, in working days: how long before the limit the reminder comes, after the missed limit the superior is
    told, and after that the Ombudsman alerted (our own choice: no rule names them).
    """

    verification: Limit = VERIFICATION
    decision: Limit = DECISION
    acceptance: Limit = ACCEPTANCE
    first_response: Limit = FIRST_RESPONSE
    reporter_reply: Limit = REPORTER_REPLY
    by_type: dict[ReportType, tuple[int, str]] = field(default_factory=lambda: dict(_BY_TYPE))
    supervised: tuple[str, ...] = ()
    supervision: tuple[int, str] = SUPERVISION
    profiles: tuple[Profile, ...] = ()
    steps: dict[Step, int] = field(default_factory=_steps)
    ombudsman: Ombudsman = Ombudsman()
    chronic: Chronic = Chronic()

    def limit(self, rule: LimitRule, matter: Matter) -> Limit:
        """The limit of a clock that starts now; a clock that runs keeps the one that it has."""
        for profile in reversed(self.profiles):
            if profile.holds(rule, matter):
                return limit_of(rule, profile.value, profile.unit, profile.source)
        if rule in ("completion", "whole"):
            return _working_days(rule, *self._by_type(matter.report_type, matter.category))
        return _FIELDS[rule](self)

    def completion(self, report_type: ReportType) -> Limit:
        """Of one agency, counted from its assignment; where no profile says otherwise."""
        return _working_days("completion", *self.by_type[report_type])

    def whole(self, report_type: ReportType) -> Limit:
        """Of all together, counted from the registration; where no profile says otherwise."""
        return _working_days("whole", *self.by_type[report_type])

    def _by_type(self, report_type: ReportType, category: str | None) -> tuple[int, str]:
        supervised = report_type == "complaint" and is_within(category, self.supervised)
        return self.supervision if supervised else self.by_type[report_type]


_FIELDS: Final[dict[LimitRule, Callable[[Policy], Limit]]] = {
    "verification": lambda policy: policy.verification,
    "acceptance": lambda policy: policy.acceptance,
    "first_response": lambda policy: policy.first_response,
    "reporter_reply": lambda policy: policy.reporter_reply,
}


def is_within(category: str | None, prefixes: tuple[str, ...]) -> bool:
    """`jalan-rusak/kabupaten` lies within `jalan-rusak` and within itself, and not within `jalan`."""
    return category is not None and any(category == p or category.startswith(f"{p}/") for p in prefixes)


@lru_cache(10_000)
def _is_one_of(agency: str | None, patterns: tuple[str, ...]) -> bool:
    return agency is not None and any(fnmatchcase(agency, pattern) for pattern in patterns)
