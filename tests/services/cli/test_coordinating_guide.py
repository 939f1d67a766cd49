"""What docs/coordinating.md tells a coordinator to type is typed, and answered as it says."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.scenes.calls import Calls
from tests.scenes.terminal import ROOT, Terminal
from tests.scenes.watching import until

GUIDE = ROOT / "docs" / "coordinating.md"
PART = re.compile(
    r"(?P<before>[^\n]*)\n\n```(?P<kind>\w+)\n(?P<inside>.*?)^```", re.MULTILINE | re.DOTALL
)
ID = r"[a-z]+_[0-9a-z]{26}"
FILE = re.compile(r"`([\w-]+\.json)`")
SEVERAL = re.compile(r"with (.+) in place of ([A-Z]+):$")
STANDS_FOR_AN_ID = re.compile(r"\b[A-Z]{3,}\b")
ANYTHING = "…"


@dataclass
class Coordinator:
    """Who does what the guide says, in a folder of their own, and keeps the ids by their words."""

    calls: Calls
    folder: Path
    ids: dict[str, str] = field(default_factory=dict)

    def writes(self, name: str, text: str) -> None:
        """A file, with ids in the place of their words."""
        (self.folder / name).write_text(self.put(text), encoding="utf-8")

    def put(self, text: str) -> str:
        """The text with the ids that are known by now."""
        return STANDS_FOR_AN_ID.sub(lambda word: self.ids.get(word[0], word[0]), text)

    def types(self, line: str, answer: list[str]) -> None:
        """A command, whose answer is as the guide shows it."""
        program, *words = shlex.split(self.put(line))
        assert program == "leading-together"
        said = self.calls(*words)
        print(line, said.out, said.err, sep="\n")
        found = re.fullmatch(self._pattern(answer), said.out + said.err)
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


def parts() -> Iterator[tuple[str, str, str]]:
    """Of each block of the guide: the paragraph before it, what it is of, and its text."""
    for part in PART.finditer(GUIDE.read_text(encoding="utf-8")):
        yield part["before"], part["kind"], part["inside"]


def several(before: str) -> list[dict[str, str]]:
    """For which words a block is to be done again and again, in place of which; once as a rule."""
    if not (found := SEVERAL.search(before)):
        return [{}]
    return [{found[2]: one} for one in re.findall(r"[A-Z]{3,}", found[1])]


def steps(block: str) -> Iterator[tuple[str, list[str]]]:
    """Each command of a block, with the lines of its answer."""
    for step in block.removeprefix("$ ").split("\n$ "):
        line, *answer = step.splitlines()
        yield line, answer


def test_a_cohort_with_its_slips_goes_as_the_guide_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "practice"
    monkeypatch.chdir(tmp_path)
    lt = Terminal(LT_DATA=data)
    ruth = Coordinator(Calls(LT_DATA=data), tmp_path)
    files: list[str] = []
    with lt.up():
        for before, kind, inside in parts():
            files = FILE.findall(before) or files
            if kind == "json":
                ruth.writes(files.pop(0), inside)
            for one in several(before) if kind == "console" else ():
                ruth.ids |= {word: ruth.ids[other] for word, other in one.items()}
                for line, answer in steps(inside):
                    until(lt.is_settled)
                    ruth.types(line, answer)
