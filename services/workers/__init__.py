"""The programme's workers, one file each, as `leading-together run` names them."""

from collections.abc import Iterable
from importlib import import_module

from services.crew import TOGETHER
from services.process.station import Serve


def workers(names: Iterable[str] = TOGETHER) -> dict[str, Serve]:
    """The `serve` of each of these workers; only their files are loaded."""
    return {name: import_module(f"{__name__}.{name}").serve for name in names}
