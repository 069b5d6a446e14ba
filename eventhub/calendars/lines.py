"""Kept iCalendar taken apart into its lines, for the forms that are made from it.

It reads what we have written ourselves: what others have sent goes through a library that knows their ways.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_PARAMETER = re.compile(r';([A-Z0-9-]+)=((?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)')
_VALUE = re.compile(r'"([^"]*)"|([^",]+)')
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_COMMA = re.compile(r"(?:[^,\\]|\\.)+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Line:
    """One property: its name, its parameters, and its value as it is written."""

    name: str
    parameters: dict[str, list[str]]
    value: str

    @property
    def text(self) -> str:
        """The value without what escapes it."""
        return unescaped(self.value)

    @property
    def texts(self) -> list[str]:
        """The values between commas."""
        return [unescaped(one) for one in _COMMA.findall(self.value)]

    def written(self) -> str:
        """The line as it stands in a file, before it is folded."""
        return self.name + "".join(map(_parameter, self.parameters.items())) + ":" + self.value

    def without(self, *names: str) -> Line:
        """The line without these parameters."""
        return Line(self.name, {name: one for name, one in self.parameters.items() if name not in names}, self.value)


@dataclass(frozen=True, slots=True)
class Block:
    """A component: its lines, and the components within it."""

    name: str
    lines: list[Line] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)

    def find(self, name: str) -> Line | None:
        """Its first line of a name."""
        return next((line for line in self.lines if line.name == name), None)


def read(body: bytes) -> list[Line]:
    """The lines of a calendar, or of a component, unfolded."""
    return [_line(line) for line in body.replace(b"\r\n ", b"").decode().split("\r\n") if line]


def nested(body: bytes) -> Block:
    """The outermost component of a calendar's bytes."""
    open_: list[Block] = [Block("")]
    for line in read(body):
        if line.name == "BEGIN":
            block = Block(line.value)
            open_[-1].blocks.append(block)
            open_.append(block)
        elif line.name == "END":
            open_.pop()
        else:
            open_[-1].lines.append(line)
    return open_[0].blocks[0]


def unescaped(value: str) -> str:
    """A text as its author wrote it (RFC 5545 §3.3.11)."""
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)


def _line(line: str) -> Line:
    name = re.match("[A-Za-z0-9-]+", line)
    assert name, "not a line of ours"
    at, parameters = name.end(), {}
    while found := _PARAMETER.match(line, at):
        parameters[found[1]] = [quoted or bare for quoted, bare in _VALUE.findall(found[2])]
        at = found.end()
    return Line(name[0], parameters, line[at + 1 :])


def _parameter(item: tuple[str, list[str]]) -> str:
    name, values = item
    return f";{name}=" + ",".join(f'"{value}"' if re.search("[:;, ]", value) else value for value in values)
