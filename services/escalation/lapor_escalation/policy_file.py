"""The operator's own limits and steps: a TOML file (LAPOR_ESCALATION_POLICY) that replaces the defaults it names.

[limits.first_response]            # verification, acceptance, first_response, reporter_reply
value = 3
unit = "working_days"              # or calendar_days
source = "Pergub ..."

[by_type.information_request]      # the time of the whole, by report type, in working days
value = 5
source = "..."

[steps]                            # working days: before the limit, after it, after that
reminded = 1
superior_told = 2
alerted = 3
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from lapor_contracts.base import Line
from lapor_contracts.complaints import ReportType
from lapor_contracts.escalations import Limit, Unit
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lapor_escalation.domain.policy import Policy

Days = Annotated[int, Field(ge=1, le=1_000)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Typed(_Part):
    value: Days
    source: Line


class _Limit(_Typed):
    unit: Unit = "working_days"


class _File(_Part):
    limits: dict[Literal["verification", "acceptance", "first_response", "reporter_reply"], _Limit] = {}
    by_type: dict[ReportType, _Typed] = {}
    steps: dict[Literal["reminded", "superior_told", "alerted"], Days] = {}


def read(path: Path) -> Policy:
    """Raises ValueError that says where the file is wrong, OSError where it cannot be read."""
    try:
        file = _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise ValueError(f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from None
    default = Policy()
    limits = {
        rule: Limit(rule=rule, value=limit.value, unit=limit.unit, source=limit.source)
        for rule, limit in file.limits.items()
    }
    return Policy(
        verification=limits.get("verification", default.verification),
        acceptance=limits.get("acceptance", default.acceptance),
        first_response=limits.get("first_response", default.first_response),
        reporter_reply=limits.get("reporter_reply", default.reporter_reply),
        by_type=default.by_type | {name: (typed.value, typed.source) for name, typed in file.by_type.items()},
        steps=default.steps | dict(file.steps.items()),
    )
