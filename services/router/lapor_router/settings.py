"""The router's own settings, beside those of every service."""

from __future__ import annotations

from pathlib import Path

from lapor_chassis.settings import ServiceSettings
from pydantic import Field


class RouterSettings(ServiceSettings):
    router_data: Path | None = Field(default=None, description="a folder with data files other than the packaged")
    router_boundaries: Path | None = Field(
        default=None, description="GeoJSON of the regencies; without it a point is the nearest known place"
    )
    router_risk: float = Field(
        default=0.02, gt=0, le=0.5, description="at most this share of what words decide by themselves is wrong"
    )
    register_seconds: float = Field(default=2.0, gt=0, description="how often the register is read again")
