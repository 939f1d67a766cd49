"""Logs: keys and values, JSON off a terminal, and never a traceback with the values in it.

An entry is what it is, whatever words are in it: none of them is a sequence of a terminal's, or
begins another line.
"""

import logging
import sys
import traceback
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Final, TextIO

import structlog
from structlog.typing import EventDict, ExcInfo, WrappedLogger

from services.escaping import line


def set_up(level: str = "info", out: TextIO | None = None) -> None:
    """Send all entries of `level` and above to `out` (the error stream if None)."""
    stream = out or sys.stderr
    person = stream.isatty()
    render: list[Any] = (
        [as_lines, structlog.dev.ConsoleRenderer(exception_formatter=plain_traceback)]
        if person
        else [without_locals, structlog.processors.JSONRenderer(ensure_ascii=False), as_a_line]
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
    to_libraries = logging.StreamHandler(stream)
    to_libraries.setFormatter(WithoutMessage("%(name)s %(levelname)s"))
    logging.basicConfig(handlers=[to_libraries], level=logging.ERROR)
    sys.excepthook = tell_fault


without_locals: Final = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)


def as_a_line(_logger: WrappedLogger, _method: str, rendered: str) -> str:
    """An entry in JSON, as one line that means the same."""
    return line(rendered)


def as_lines(_logger: WrappedLogger, _method: str, entry: EventDict) -> EventDict:
    """An entry for a terminal, with all its texts as lines."""
    return {
        line(key): line(value) if isinstance(value, str) else value for key, value in entry.items()
    }


def plain_traceback(out: TextIO, fault: ExcInfo) -> None:
    """A traceback for a terminal."""
    out.write("\n" + in_lines(traceback.format_exception(*fault)))


def tell_fault(
    kind: type[BaseException], fault: BaseException, where: TracebackType | None
) -> None:
    """The traceback of a fault that nobody took in."""
    sys.stderr.write(in_lines(traceback.format_exception(kind, fault, where)) + "\n")


def in_lines(parts: Sequence[str]) -> str:
    """A traceback: where it was has several lines a part, and what the fault says is one line."""
    ours = ((one.strip("\n").split("\n") if one[:1] in " \n" else [one.strip()]) for one in parts)
    return "\n".join(line(one) for lines in ours for one in lines)


class WithoutMessage(logging.Formatter):
    """What a library says, without its words and those of the fault, which may be anybody's."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the standard library's name
        """Which fault it was, and where."""
        kind, _, where = ei
        return in_lines([*traceback.format_tb(where), kind.__name__])
