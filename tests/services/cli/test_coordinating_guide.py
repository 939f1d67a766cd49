"""What docs/coordinating.md tells a coordinator to type is typed, and answered as it says."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from domain.catalogue import COMMANDS, IN_CONFIDENCE
from tests.scenes.calls import Calls
from tests.scenes.terminal import ROOT, Terminal
from tests.scenes.watching import until

GUIDE = (ROOT / "docs" / "coordinating.md").read_text(encoding="utf-8")
PART = re.compile(r"^(.*)\n\n```console\n((?:.+\n)*?)```$", re.MULTILINE)
FILE = re.compile(r"^\| `([\w-]+\.json)` \| `(.+)` \|$", re.MULTILINE)
ID = r"[a-z]+_[0-9a-z]{26}"
SEVERAL = re.compile(r"with (.+) in place of ([A-Z]+):$")
STANDS_FOR_AN_ID = re.compile(r"\b[A-Z]{3,}\b")
ITS_ID = re.compile(r"^Its id: command_[0-9a-z]{26}\n", re.MULTILINE)  # which the guide leaves out
ANYTHING = "…"


@dataclass
class Coordinator:
    """Who does what the guide says, in a folder of their own, and keeps the ids by their words."""

    calls: Calls
    files: dict[str, str]
    ids: dict[str, str] = field(default_factory=dict)

    def put(self, text: str) -> str:
        """The text with the ids that are known by now."""
        return STANDS_FOR_AN_ID.sub(lambda word: self.ids.get(word[0], word[0]), text)

    def types(self, line: str, answer: list[str]) -> None:
        """A command, whose answer is as the guide shows it."""
        program, *words = shlex.split(self.put(line))
        assert program == "leading-together"
        for name in (one[1:] for one in words if one.startswith("@")):
            Path(name).write_text(self.put(self.files[name]), encoding="utf-8")
        said = self.calls(*words)
        found = re.fullmatch(self._pattern(answer), said.out + ITS_ID.sub("", said.err))
        assert found, f"{line}\nis answered {said.out + said.err}and not\n" + "\n".join(answer)
        assert said.code == any(one.startswith("Refused") for one in answer), line
        self.ids.update(found.groupdict())

    def _pattern(self, answer: list[str]) -> str:
        """An answer's lines: `…` stands for anything on a line, or for any lines if it is alone."""
        whole = "".join(self._line(line) for line in answer)
        for word in {*STANDS_FOR_AN_ID.findall(whole)}:
            whole = re.sub(rf"\b{word}\b", f"(?P<{word}>{ID})", whole, count=1)
            whole = re.sub(rf"(?<!<)\b{word}\b", f"(?P={word})", whole)
        return whole

    def _line(self, line: str) -> str:
        if line == ANYTHING:
            return r"(?:.*\n)*?"
        return re.escape(self.put(line)).replace(ANYTHING, ".+") + r"\n"


def several(before: str) -> list[dict[str, str]]:
    """For which words a block is to be done again and again, in place of which; once as a rule."""
    if not (found := SEVERAL.search(before)):
        return [{}]
    return [{found[2]: one} for one in STANDS_FOR_AN_ID.findall(found[1])]


def steps(block: str) -> Iterator[tuple[str, list[str]]]:
    """Each command of a block, with the lines of its answer."""
    for step in block.removeprefix("$ ").split("\n$ "):
        line, *answer = step.splitlines()
        yield line, answer


@pytest.mark.timeout(300)
def test_a_cohort_with_its_slips_goes_as_the_guide_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lt = Terminal(LT_DATA=tmp_path / "practice")
    ruth = Coordinator(Calls(LT_DATA=tmp_path / "practice"), dict(FILE.findall(GUIDE)))
    with lt.up():
        for before, block in PART.findall(GUIDE):
            for instead in several(before):
                ruth.ids |= {word: ruth.ids[one] for word, one in instead.items()}
                until(lt.is_settled)
                for line, answer in steps(block):
                    if " show " in line:
                        until(lt.is_settled)
                    ruth.types(line, answer)


def test_every_step_that_the_guide_names_exists() -> None:
    named = set(re.findall(r"`([a-z]+\.[a-z]+(?:-[a-z]+)*)`", GUIDE))
    steps_of_the_table = {one for one in named if not one.endswith((".json", "by-mistake"))}
    assert len(steps_of_the_table) > 20
    assert steps_of_the_table <= COMMANDS.keys() | IN_CONFIDENCE.keys()


def test_every_block_of_the_guide_is_done() -> None:
    assert len(PART.findall(GUIDE)) == GUIDE.count("```console") > 6
    assert GUIDE.count("slip.**") == 7
