"""Whatever is asked by chance is answered as the document says: no fault, and nothing else."""

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest

from services.engines.addresses import Engines
from services.web.surface import DOCUMENT
from tests.scenes.over_http import over_http
from tests.scenes.team import RUTH
from tests.scenes.tokens import token
from tests.scenes.world import station

CONFIGURED = Path(__file__).with_name("schemathesis.toml")
CASES = int(os.environ.get("API_CASES", "1000"))
"""How many are tried, or some more; the long form is 10,000 (`API_CASES=10000 make test-api`)."""
OPERATIONS = 230
LONGEST = max(1800, CASES)  # seconds, also where much else is done


@pytest.mark.timeout(LONGEST)
def test_whatever_is_asked_by_chance_is_answered_as_the_document_says(
    bus: Engines, tmp_path: Path
) -> None:
    async def scene() -> tuple[int, str]:
        async with over_http(station(bus, tmp_path)) as http:
            asks = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "schemathesis.cli"),
                *("--config-file", str(CONFIGURED)),
                *("run", f"{str(http.client.base_url).rstrip('/')}{DOCUMENT}"),
                *("--url", str(http.client.base_url)),
                *("--header", f"Authorization: Bearer {token(RUTH)}"),
                *("--phases", "examples,fuzzing"),
                *("--max-examples", str(max(1, CASES // OPERATIONS))),
                *("--workers", "4", "--seed", "20241128", "--no-color", "--warnings", "off"),
                cwd=tmp_path,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
            out, _ = await asyncio.wait_for(asks.communicate(), LONGEST)
            return asks.returncode or 0, out.decode()

    code, said = asyncio.run(scene())
    assert code == 0, said[-20_000:]
    tried = re.search(r"Test cases:\s*([\d,]+) generated", said)
    assert tried, said[-2_000:]
    assert int(tried[1].replace(",", "")) >= CASES
