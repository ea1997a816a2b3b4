"""JSON logs, one line an event, with subject and trace id where there is one; never a body, never an identity."""

from __future__ import annotations

import logging
import sys
import time
from typing import Any

import structlog

LIMIT_PER_SECOND = 2  # aiokafka writes ten errors a second in an outage


class _RateLimit(logging.Filter):
    """Lets the first lines of a second through, a logger."""

    def __init__(self) -> None:
        super().__init__()
        self._window: dict[str, tuple[int, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        second = int(time.monotonic())
        start, count = self._window.get(record.name, (second, 0))
        count = count + 1 if start == second else 1
        self._window[record.name] = (second, count)
        return count <= LIMIT_PER_SECOND


def configure(service: str, level: str, stream: Any = None) -> None:
    """Our own lines and the libraries' in the same form."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _name_service(service),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
    )
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in ("aiokafka", "faststream", "uvicorn.access", "asyncio"):
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))
    limit = _RateLimit()
    handler.addFilter(lambda record: not record.name.startswith("aiokafka") or limit.filter(record))


def _name_service(service: str) -> Any:
    def add(_: object, __: str, event: dict[str, Any]) -> dict[str, Any]:
        event["service"] = service
        return event

    return add


def get_logger(name: str = "lapor") -> structlog.stdlib.BoundLogger:
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger
