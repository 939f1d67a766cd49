"""The parts of the deployment that follow from the crew and its rights: `nats.conf`, containers."""

from collections.abc import Iterator
from typing import Final

from services.crew import CREW, Worker

CONTAINERS: Final = "the crew's containers"
SECRETS: Final = "the crew's secrets"


def compose(text: str) -> str:
    """docker-compose.yml with its two parts on the crew written anew.

    ValueError if one of them is not marked.
    """
    text = _with(text, CONTAINERS, "\n".join(map(_container, CREW)))
    return _with(text, SECRETS, "".join(_secrets()))


def _with(text: str, name: str, part: str) -> str:
    """A text with what stands between two marks replaced."""
    before, begin, rest = text.partition(f"  # begin {name}")
    _, end, after = rest.partition(f"  # end {name}\n")
    if not (begin and end):
        raise ValueError(f"docker-compose.yml has no part between begin and end of {name}")
    remark = rest.partition("\n")[0]
    return f"{before}{begin}{remark}\n{part}{end}{after}"


def _container(worker: Worker) -> str:
    own = [f"      - {{source: {worker.name}_{one}, target: {one}}}" for one in _own(worker)]
    master = ["      - master_key"] if worker.vault else []
    mail = ["      - smtp_url"] if worker.writes else []
    mail += ["      - imap_url"] if worker.container == "sender" else []
    tls = ["      - web_tls"] if worker.container == "face" else []
    lines = [
        f"  {worker.name}:",
        f"    <<: *{worker.container}",
        f"    command: [run, {worker.name}]",
        "    secrets:",
        *own,
        *master,
        *mail,
        *tls,
    ]
    return "\n".join(lines) + "\n"


def _secrets() -> Iterator[str]:
    for worker in CREW:
        for one in _own(worker):
            yield f"  {worker.name}_{one}: {{file: deploy/secrets/{worker.name}_{one}}}\n"


def _own(worker: Worker) -> tuple[str, ...]:
    """The secrets of a worker's own: where its databases are, and who it is on the bus."""
    return ("database_url", *(("vault_url",) if worker.vault else ()), "nats_seed")
