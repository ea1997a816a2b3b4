"""The router's own settings, beside those of every service."""

from __future__ import annotations

from pathlib import Path

from lapor_chassis.settings import ServiceSettings
from pydantic import Field


class RouterSettings(ServiceSettings):
    router_data: Path | None = Field(default=None, description="a folder with data files other than the packaged")
    register_seconds: float = Field(default=2.0, gt=0, description="how often the register is read again")
