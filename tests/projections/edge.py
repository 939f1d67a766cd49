"""Rows as people are shown them, who hold the keys or do not."""

import json
from typing import Any

from projections.projection import Projection, Row, Shown
from services.vault.opening import opened
from tests.scenes.scribe import unsealed


def told(projection: Projection[Any], row: Row) -> Shown:
    """To somebody who can open everything."""
    return projection.shown(unsealed(json.loads(row.model_dump_json())))


def told_without_keys(projection: Projection[Any], row: Row) -> Shown:
    return projection.shown(opened(json.loads(row.model_dump_json()), None))
