"""A client that a generator makes of the document plans a cohort."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

from services.engines.addresses import Engines
from services.web.surface import KEPT
from tests.scenes.over_http import over_http
from tests.scenes.team import RUTH
from tests.scenes.tokens import token
from tests.scenes.world import a_plan, station

PROGRAM = """
import json, sys
from leading_together_client import AuthenticatedClient
from leading_together_client.api.cohort import cohort_plan
from leading_together_client.models import PlanCohortRequest

url, token, plan = sys.argv[1:]
client = AuthenticatedClient(base_url=url, token=token)
body = PlanCohortRequest.from_dict({"data": json.loads(plan)})
reply = cohort_plan.sync(client=client, body=body)
print(reply.status, reply.events[0].name)
"""


def test_a_client_that_is_made_of_the_document_plans_a_cohort(bus: Engines, tmp_path: Path) -> None:
    (tmp_path / "made.yaml").write_text("package_name_override: leading_together_client\n")
    made = subprocess.run(
        [
            str(Path(sys.executable).with_name("openapi-python-client")),
            *("generate", "--path", str(KEPT), "--output-path", str(tmp_path / "client")),
            *("--config", str(tmp_path / "made.yaml"), "--meta", "none"),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert made.returncode == 0, made.stdout[-4000:] + made.stderr[-4000:]
    (tmp_path / "plans.py").write_text(PROGRAM)
    (tmp_path / "leading_together_client").symlink_to(tmp_path / "client")

    async def play() -> str:
        async with over_http(station(bus, tmp_path)) as http:
            given = (str(http.client.base_url), token(RUTH), json.dumps(a_plan()))
            asks = await asyncio.create_subprocess_exec(
                *(sys.executable, "plans.py", *given), cwd=tmp_path, stdout=subprocess.PIPE
            )
            out, _ = await asyncio.wait_for(asks.communicate(), 60)
            return out.decode()

    assert asyncio.run(play()).split() == ["accepted", "cohort.planned"]
