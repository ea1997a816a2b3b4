"""Intake's own settings, beside those of every service. Keys come as files, never as variables."""

from __future__ import annotations

from pathlib import Path

from lapor_chassis.settings import ServiceSettings
from lapor_contracts.base import Code
from pydantic import Field


class IntakeSettings(ServiceSettings):
    master_key_file: Path = Field(description="wraps the reporters' data keys; `lapor intake keys` makes it")
    index_key_file: Path = Field(description="for the blind index of reporters and of requests")
    access_key_file: Path = Field(description="the access codes are made with it")
    sealing_key_file: Path = Field(description="the private JWK (X25519) that submissions are sealed to")
    notifier_public_key_file: Path = Field(description="the public JWK (X25519) that contacts are sealed to")
    http_channel: Code = Field(default="web", description="the channel that HTTP submissions are counted to")
    http_waiting: int = Field(default=2_000, ge=1, description="requests in line; more are told to come again")
    reopen_days: int = Field(default=30, ge=1, description="how long after its resolution a complaint can be reopened")
