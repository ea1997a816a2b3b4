"""Settings of a service: LAPOR_* variables, each wrong one named in a line of its own."""

from __future__ import annotations

import sys
from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from lapor_chassis.clock import DomainClock


def _clock(text: str) -> str:
    DomainClock.parse(text)
    return text


class ServiceSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="LAPOR_", frozen=True, extra="ignore", hide_input_in_errors=True)

    kafka_bootstrap: str = Field(min_length=3, description="host:port of a broker")
    kafka_username: str | None = None
    kafka_password: SecretStr | None = None
    kafka_tls: bool = False
    database_url: SecretStr = Field(description="postgresql://role:password@host:port/database")
    instance: int = Field(default=0, ge=0, description="which replica this is: the name of a static member")
    http_host: str = "127.0.0.1"
    http_port: int = Field(default=0, ge=0, le=65535, description="0: a free port")
    clock: Annotated[str, AfterValidator(_clock)] = ""
    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")
    otlp_endpoint: str | None = Field(default=None, description="where traces go; none: they are not sent")

    batch_records: int = Field(default=500, ge=1, le=10_000)
    batch_every_ms: int = Field(default=25, ge=0, le=5_000, description="after a batch that was not full")
    lane_dead_after_seconds: float = Field(default=10.0, gt=0)
    heartbeat_seconds: float = Field(default=2.0, gt=0)
    timer_interval_seconds: float = Field(default=0.25, gt=0)
    tally_seconds: float = Field(default=5.0, gt=0)
    waiting_alarm_seconds: float = Field(default=30.0, gt=0)
    metadata_seconds: float = Field(default=3.0, gt=0, description="how soon a new topic of a family is seen")
    outbox_days: int = Field(default=7, ge=1, description="kept for resend")
    dead_letters_per_minute: int = Field(default=100, ge=1, description="more on core topics stops the service")
    outsider_dead_letters_per_minute: int = Field(default=600, ge=1, description="more and it is throttled")
    stuck_after_seconds: float = Field(default=60.0, gt=0, description="no progress although there is lag: not ready")
    static_member: bool = True


S = TypeVar("S", bound=ServiceSettings)


def load(settings: type[S]) -> S:
    """From the environment; on a wrong or missing variable a line each on stderr, and exit code 1."""
    try:
        return settings()
    except ValidationError as error:
        for problem in error.errors(include_input=False, include_url=False):
            name = "LAPOR_" + "_".join(str(part) for part in problem["loc"]).upper()
            print(f"{name}: {problem['msg']}", file=sys.stderr)
        sys.exit(1)
