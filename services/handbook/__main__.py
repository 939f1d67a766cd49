"""`make docs`: writes anew what is made from the code, and refuses what would break subscribers."""

import json
from pathlib import Path
from typing import Final

from events.compatibility import all_breaks
from events.schemas import schemas
from services.door.requests import KEPT
from services.engines.deployment import nats_conf
from services.handbook import (
    api,
    clear,
    commands,
    deployment,
    environment,
    facts,
    messages,
    numbers,
    reading,
    requests,
    states,
    tasks,
)
from services.web import surface

HOUSE: Final = Path(__file__).parents[2]
DOCS: Final = HOUSE / "docs"
COMPOSE: Final = HOUSE / "docker-compose.yml"
ADVICE: Final = """
These changes would break whoever reads recorded facts:
  {breaks}
Leave the recorded fact as it is and make a new version of it, with `version: ClassVar = 2`.
Only while no log holds such facts that anybody wishes to keep: raise the log's format in
services/engines/schema.py and services/engines/sql/programme/001_log.sql, delete
docs/schemas.json, and run `make docs` again."""


def pages() -> dict[Path, str]:
    """Each file that is made from the code, or in part, as it should be."""
    return {
        DOCS / "events.md": facts.page(),
        DOCS / "clear.md": clear.page(),
        DOCS / "commands.md": commands.page(),
        DOCS / "messages.md": messages.page(),
        DOCS / "numbers.md": numbers.page(),
        HOUSE / "examples" / "rules.json": numbers.example(),
        DOCS / "settings.md": environment.page(),
        DOCS / "reading.md": reading.page(),
        DOCS / "states.md": states.page(),
        DOCS / "tasks.md": tasks.page(),
        surface.KEPT: api.text(),
        DOCS / "schemas.json": json.dumps(schemas(), indent=1, ensure_ascii=False) + "\n",
        KEPT: requests.text(),
        HOUSE / "deploy" / "nats.conf": nats_conf(),
        COMPOSE: deployment.compose(COMPOSE.read_text(encoding="utf-8")),
    }


def promised() -> dict[str, dict[str, object]]:
    """The schemas as they were when the pages were last made; empty if they never were."""
    file = DOCS / "schemas.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def main() -> None:
    """Write what changed; nothing, if anything would break."""
    if found := list(all_breaks(promised(), schemas())):
        raise SystemExit(ADVICE.format(breaks="\n  ".join(found)))
    for file, text in pages().items():
        file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
