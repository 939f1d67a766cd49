"""The file of who may come in on the bus, when several change it at once."""

import threading
from pathlib import Path
from typing import Any

import pytest

from services.engines import credentials
from services.engines.bus import SUBSCRIBERS_CONF
from services.files import write_whole
from tests.scenes.world import NOON


def test_who_was_withdrawn_meanwhile_is_not_let_in_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By somebody who read the list before, and writes it after."""
    for name in ("adas-laptop", "bens-laptop"):
        credentials.make_asker(tmp_path, name, who="olive", now=NOON)
    writes, goes_on = threading.Event(), threading.Event()

    def slowly(path: Path, *what: Any) -> None:
        if path.name == SUBSCRIBERS_CONF and not writes.is_set():
            writes.set()
            assert goes_on.wait(10)
        write_whole(path, *what)

    def is_withdrawn() -> None:
        credentials.withdraw(tmp_path, "adas-laptop", who="olive", why="sold", now=NOON)
        credentials.write_conf(tmp_path)

    monkeypatch.setattr(credentials, "write_whole", slowly)
    first = threading.Thread(target=credentials.write_conf, args=[tmp_path])
    second = threading.Thread(target=is_withdrawn)
    first.start()
    assert writes.wait(10)
    second.start()
    second.join(0.2)  # long enough for who does not wait
    goes_on.set()
    first.join()
    second.join()
    assert "adas-laptop" not in (tmp_path / SUBSCRIBERS_CONF).read_text()
    assert "bens-laptop" in (tmp_path / SUBSCRIBERS_CONF).read_text()
