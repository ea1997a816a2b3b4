"""Every threshold of escalation, with its source. The only place where these numbers stand.

PermenPANRB 62/2018 was replaced by PermenPANRB 5/2025, whose limits are not known here: no compliance with
5/2025 is claimed. Each limit carries its own source, so that a later profile is a change of data.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from lapor_contracts.complaints import ReportType
from lapor_contracts.escalations import Limit, LimitRule, Step

LAST_DECREE_YEAR: Final = 2027  # joint decree of three ministers of September 2026; later years are estimates

_STANDARD: Final = "SP4N-LAPOR! service standard: "
_PERMENPANRB: Final = "PermenPANRB 62/2018 (limits of 5/2025 not known): "


def _working_days(rule: LimitRule, value: int, source: str) -> Limit:
    return Limit(rule=rule, value=value, unit="working_days", source=source)


VERIFICATION: Final = _working_days("verification", 3, _STANDARD + "verify and forward")
FIRST_RESPONSE: Final = _working_days("first_response", 5, _STANDARD + "first follow-up by the agency")
# An agency that answers within its own limit must never set off the system's: so both limits together,
# counted from the registration. It catches a complaint that agencies pass on to each other.
ACCEPTANCE: Final = _working_days(
    "acceptance", VERIFICATION.value + FIRST_RESPONSE.value, _STANDARD + "verification and first follow-up together"
)
REPORTER_REPLY: Final = _working_days("reporter_reply", 10, _STANDARD + "closes without a reply to a follow-up")

_BY_TYPE: Final[dict[ReportType, tuple[int, str]]] = {
    "information_request": (5, _PERMENPANRB + "information request, normative"),
    "complaint": (14, _PERMENPANRB + "complaint without supervision matter"),
    "aspiration": (14, _PERMENPANRB + "treated as a complaint without supervision matter (assumed)"),
}

# UU 37/2008 Ps 33 (assumed, high confidence): a written explanation, a second request, then the right of
# reply is waived.
CLARIFICATION_DAYS: Final = 14  # calendar days
CLARIFICATION_ROUNDS: Final = 2


def _steps() -> dict[Step, int]:
    return {"reminded": 1, "superior_told": 2, "alerted": 3}


@dataclass(frozen=True, slots=True)
class Policy:
    """`steps`, in working days: how long before the limit the reminder comes, after the missed limit the
    superior is told, and after that the Ombudsman alerted (our own choice: no rule names them)."""

    verification: Limit = VERIFICATION
    acceptance: Limit = ACCEPTANCE
    first_response: Limit = FIRST_RESPONSE
    reporter_reply: Limit = REPORTER_REPLY
    by_type: dict[ReportType, tuple[int, str]] = field(default_factory=lambda: dict(_BY_TYPE))
    steps: dict[Step, int] = field(default_factory=_steps)

    def completion(self, report_type: ReportType) -> Limit:
        """Of one agency, counted from its assignment."""
        return _working_days("completion", *self.by_type[report_type])

    def whole(self, report_type: ReportType) -> Limit:
        """Of all together, counted from the registration."""
        return _working_days("whole", *self.by_type[report_type])


# Whom the steps of the citizen's clock are told, and which office of the Ombudsman is alerted where no
# agency names one. By province; codes of the register.
PROVINCE_ADMINS: Final[dict[str, str]] = {"64": "64-diskominfo"}
OMBUDSMAN_OFFICES: Final[dict[str, str]] = {"64": "ombudsman-64"}
NATIONAL_OMBUDSMAN: Final = "ombudsman-ri"
