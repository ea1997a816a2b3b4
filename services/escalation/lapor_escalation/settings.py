"""Settings: LAPOR_* variables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from lapor_chassis.settings import ServiceSettings
from pydantic import AfterValidator, Field

from lapor_escalation import calendar_file, policy_file
from lapor_escalation.domain.calendar import calendar
from lapor_escalation.domain.decision import Rules
from lapor_escalation.domain.decrees import decrees
from lapor_escalation.domain.policy import Policy


def _calendar(path: Path | None) -> Path | None:
    try:
        decrees(calendar_file.read(path) if path else ())
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from None
    return path


def _policy(path: Path | None) -> Path | None:
    try:
        _ = policy_file.read(path) if path else None
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from None
    return path


class EscalationSettings(ServiceSettings):
    batch_every_ms: int = Field(default=100, ge=0, le=5_000, description="nobody waits for it by the second")
    calendar_overrides: Annotated[Path | None, AfterValidator(_calendar)] = Field(
        default=None, description="CSV date,kind,name: what a decree changed since"
    )
    calendar_seconds: float = Field(default=5.0, gt=0, description="from one look at that file to the next")
    recount_at_once: int = Field(
        default=200, ge=1, le=5_000, description="complaints in one transaction, after a change"
    )
    recount_pause_ms: int = Field(default=10, ge=0, le=10_000, description="between two of these, for new events")
    oversight_seconds: float = Field(default=30.0, gt=0, description="from one look at the domain's day to the next")
    escalation_policy: Annotated[Path | None, AfterValidator(_policy)] = Field(
        default=None, description="TOML: limits and steps that replace the defaults"
    )


def rules_of(calendar_overrides: Path | None, escalation_policy: Path | None) -> Rules:
    overrides = calendar_file.read(calendar_overrides) if calendar_overrides else ()
    policy = policy_file.read(escalation_policy) if escalation_policy else Policy()
    return Rules(calendar=calendar(decrees(overrides)), policy=policy)
