"""Logs: keys and values, JSON off a terminal, and never a traceback with the values in it."""

import logging
import sys
from typing import Any, TextIO

import structlog


def set_up(level: str = "info", out: TextIO | None = None) -> None:
    """Send all entries of `level` and above to `out` (the error stream if None)."""
    stream = out or sys.stderr
    person = stream.isatty()
    render: list[Any] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if person
        else [without_locals, structlog.processors.JSONRenderer(ensure_ascii=False)]
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            *render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    # Libraries say through the standard library only what is a warning or worse.
    logging.basicConfig(stream=stream, level=logging.ERROR, format="%(name)s %(levelname)s")


without_locals = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)
