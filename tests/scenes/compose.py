"""docker-compose.yml as Compose reads it, as far as ours goes: anchors, merges, lists and maps."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).parents[2] / "docker-compose.yml"
KEY: Final = re.compile(r"(?P<key>[^\s\"'#{}\[\],&*][^:\s]*|<<)\s?:(?:\s+(?P<rest>.*))?$")
ANCHOR: Final = re.compile(r"&(?P<name>[\w-]+)\s*(?P<rest>.*)$")
PART: Final = re.compile(r"\"[^\"]*\"|\{[^{}]*\}|[^,]+")
VARIABLE: Final = re.compile(
    r"\$\{(?P<name>\w+)(?::(?P<how>[-?])(?P<rest>(?:[^{}]|\$\{[^}]*\})*))?\}"
)
REMARK: Final = re.compile(r"^((?:[^\"'#]|\"[^\"]*\"|'[^']*'|(?<!\s)#)*?)\s+#.*$")
Line = tuple[int, str]


class ComposeText:
    """Reads lines from the first to the last, once."""

    def __init__(self, text: str) -> None:
        self._anchors: dict[str, Any] = {}
        found = (line.rstrip() for line in text.splitlines())
        self._lines: list[Line] = [
            (len(line) - len(line.lstrip()), _without_remark(line.strip()))
            for line in found
            if line.strip() and not line.lstrip().startswith("#")
        ]

    def block(self, indent: int) -> Any:
        """What stands at this indentation or further in."""
        if self._lines and self._lines[0][1].startswith("- "):
            return self._items(self._lines[0][0])
        return self._pairs(indent)

    def _items(self, indent: int) -> list[Any]:
        found = []
        while self._lines and self._lines[0][0] == indent and self._lines[0][1].startswith("- "):
            found.append(self._continued(self._lines.pop(0)[1][2:], indent))
        return found

    def _continued(self, text: str, indent: int) -> Any:
        """A plain value that may go on in lines further in."""
        while self._lines and self._lines[0][0] > indent:
            text += " " + self._lines.pop(0)[1]
        return self._value(text)

    def _pairs(self, indent: int) -> dict[str, Any]:
        merged, found = dict[str, Any](), dict[str, Any]()
        while self._lines and self._lines[0][0] == indent:
            _, text = self._lines.pop(0)
            pair = KEY.match(text)
            assert pair, text
            value = self._of(pair["rest"] or "", indent)
            if pair["key"] == "<<":
                for one in reversed(value if isinstance(value, list) else [value]):
                    merged |= one  # the first of several counts
            else:
                found[pair["key"]] = value
        return {**merged, **found}

    def _of(self, rest: str, indent: int) -> Any:
        """What a key has: in its line, or in those that are further in."""
        name = None
        if anchor := ANCHOR.match(rest):
            name, rest = anchor["name"], anchor["rest"]
        further = self._lines[0][0] if self._lines else 0
        value = self._value(rest) if rest else self.block(further) if further > indent else None
        if name:
            self._anchors[name] = value
        return value

    def _value(self, text: str) -> Any:
        text = text.strip()
        if anchor := ANCHOR.match(text):
            self._anchors[anchor["name"]] = value = self._value(anchor["rest"])
            return value
        if text.startswith("*"):
            return self._anchors[text[1:]]
        if text.startswith("["):
            return [self._value(one) for one in PART.findall(text[1:-1])]
        if text.startswith("{"):
            pairs = (one.partition(":") for one in PART.findall(text[1:-1]))
            return {key.strip(): self._value(value) for key, _, value in pairs}
        if text[:1] in "\"'" and text[:1] == text[-1:]:
            return text[1:-1]
        return {"true": True, "false": False}.get(text, text)


OF_ENV: Final = {"LT_SECRETS_GROUP": "10001", "LT_SUBSCRIBERS_USER": "10001:10001"}
"""What `.env` has from deploy/make-secrets."""


def containers() -> dict[str, dict[str, Any]]:
    """The containers that run our own image, by name."""
    services = composed(OF_ENV)["services"].items()
    return {name: one for name, one in services if one["image"].startswith("leading-together:")}


def handed_out(container: Mapping[str, Any]) -> dict[str, str]:
    """The secrets of a container: under which name it finds each, and the file that it is."""
    given = (
        one if isinstance(one, dict) else dict.fromkeys(("source", "target"), one)
        for one in container.get("secrets", ())
    )
    return {one["target"]: one["source"] for one in given}


def _without_remark(text: str) -> str:
    return REMARK.sub(r"\1", text)


def composed(environment: Mapping[str, str]) -> dict[str, Any]:
    """The whole file, with the variables of `.env` in their places."""
    found: dict[str, Any] = ComposeText(_filled(FILE.read_text(), environment)).block(0)
    return found


def _filled(text: str, environment: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        given = environment.get(found["name"], "")
        if not given and found["how"] == "-":
            return _filled(found["rest"], environment)
        assert given or found["how"] != "?", f"{found['name']} is not set"
        return given

    return VARIABLE.sub(value, text).replace("$$", "$")
