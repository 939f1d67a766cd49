"""`make docs`: writes the generated pages anew, and refuses what would break subscribers."""

import json
from pathlib import Path
from typing import Final

from events.compatibility import all_breaks
from events.schemas import schemas
from services.handbook import commands, environment, facts

DOCS: Final = Path(__file__).parents[2] / "docs"
ADVICE: Final = """
These changes would break whoever reads recorded facts:
  {breaks}
Leave the recorded fact as it is and make a new version of it, with `version: ClassVar = 2`.
Only while no log holds such facts that anybody wishes to keep: raise the log's format in
services/engines/schema.py and services/engines/sql/programme/001_log.sql, delete
docs/schemas.json, and run `make docs` again."""


def pages() -> dict[str, str]:
    """Each generated file of docs/, by its name."""
    return {
        "events.md": facts.page(),
        "commands.md": commands.page(),
        "settings.md": environment.page(),
        "schemas.json": json.dumps(schemas(), indent=1, ensure_ascii=False) + "\n",
    }


def promised() -> dict[str, dict[str, object]]:
    """The schemas as they were when the pages were last made; empty if they never were."""
    file = DOCS / "schemas.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def main() -> None:
    """Write what changed; nothing, if anything would break."""
    if found := list(all_breaks(promised(), schemas())):
        raise SystemExit(ADVICE.format(breaks="\n  ".join(found)))
    for name, text in pages().items():
        (DOCS / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
