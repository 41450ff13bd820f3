"""GitHub Classroom's tests as it stored them: `autograding.json`, or the steps of a workflow. Side: worker.

The workflow is YAML of a simple kind, which `read_steps` reads itself: block lists and tables, plain and quoted texts, block
texts. What is written in another way is refused with its line, and never guessed at.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from grader.errors import SourceError
from grader.suite.importing.imported import Contents, text_of

CLASSIC = ".github/classroom/autograding.json"
WORKFLOWS = re.compile(r"\.github/workflows/[^/]+\.ya?ml")
GRADER = re.compile(r"classroom-resources/autograding-(io|command|python)-grader")
KEY = re.compile(
    r"""(?:(['"])(?P<quoted>.*?)\1|(?P<plain>[^\s'"\[\]{}#&*!|>%@`-][^:#]*|-[^\s:][^:#]*)):(?:\s+(?P<value>.*))?$"""
)
BLOCK = re.compile(r"([|>])([-+]?)\s*(?:#.*)?$")
STEPS_MOST = 500


@dataclass(frozen=True)
class Step:
    """One test of Classroom's."""

    name: str
    run: str
    setup: str = ""
    given: str = ""  # what is typed in
    expected: str | None = None  # None: only the exit status counts
    comparison: str = "included"  # or exact, or regex
    points: float = 0.0
    seconds: float = 60.0


def find_steps(files: Contents) -> tuple[str, list[Step]]:
    """Return the file that lists the tests, and the tests; an empty path where there is none."""
    if CLASSIC in files:
        return CLASSIC, _of_json(CLASSIC, files[CLASSIC])
    for path, data in sorted(files.items()):
        if WORKFLOWS.fullmatch(path) and b"classroom-resources/autograding-" in data:
            return path, [_of_workflow(step) for step in read_steps(path, text_of(data))]
    return "", []


def _of_json(path: str, data: bytes) -> list[Step]:
    try:
        rows = json.loads(data.decode("utf-8-sig"))["tests"]
        return [
            Step(
                str(row.get("name") or f"test {number}"),
                str(row.get("run") or ""),
                str(row.get("setup") or ""),
                str(row.get("input") or ""),
                str(row.get("output") or "") if row.get("output") else None,
                str(row.get("comparison") or "included"),
                number_of(row.get("points")),
                60 * (number_of(row.get("timeout")) or 1),
            )
            for number, row in enumerate(rows[:STEPS_MOST], 1)
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise SourceError(f"The file '{path}' is not the list of tests that GitHub Classroom writes.") from None


def number_of(value: Any) -> float:
    """Return a number that may be written as text; what is none, or below zero, is 0."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        return 0.0
    return found if 0 <= found < 1e6 else 0.0


def _of_workflow(step: dict[str, Any]) -> Step:
    options = step.get("with")
    options = options if isinstance(options, dict) else {}
    output = options.get("expected-output")
    is_io = "-io-" in str(step.get("uses"))
    return Step(
        str(options.get("test-name") or step.get("name") or "test"),
        str(options.get("command") or ("pytest" if "-python-" in str(step.get("uses")) else "")),
        str(options.get("setup-command") or ""),
        str(options.get("input") or ""),
        str(output) if is_io and output else None,
        str(options.get("comparison-method") or "included"),
        number_of(options.get("max-score")),
        60 * (number_of(options.get("timeout")) or 1),
    )


def read_steps(path: str, text: str) -> list[dict[str, Any]]:
    """Return the steps of a workflow that grade; raises SourceError for YAML of another kind than Classroom writes."""
    lines = text.expandtabs(8).splitlines()
    found: list[dict[str, Any]] = []
    place = next((number for number, line in enumerate(lines) if line.strip() == "steps:"), len(lines))
    number = place + 1
    while number < len(lines) and len(found) < STEPS_MOST:
        line = lines[number]
        if line.strip() and not line.lstrip().startswith("#"):
            if not line.lstrip().startswith("- "):
                break  # behind the list of steps
            indent = len(line) - len(line.lstrip()) + 2
            lines[number] = line.replace("- ", "  ", 1)
            table, number = _table(path, lines, number, indent)
            found.append(table)
            continue
        number += 1
    return [step for step in found if GRADER.search(str(step.get("uses")))]


def _table(path: str, lines: list[str], number: int, indent: int) -> tuple[dict[str, Any], int]:
    """Return the table whose keys stand at this indentation, and the number of the line behind it."""
    table: dict[str, Any] = {}
    while number < len(lines):
        line = lines[number]
        if not line.strip() or line.lstrip().startswith("#"):
            number += 1
            continue
        depth = len(line) - len(line.lstrip())
        if depth < indent:
            break
        match = KEY.match(line.strip())
        if match is None or depth > indent:
            raise SourceError(
                f"{path}:{number + 1}: this line is written in a way that is not read; keep one key on a line."
            )
        key, value = match["quoted"] or match["plain"], (match["value"] or "").strip()
        number += 1
        if block := BLOCK.match(value):
            table[key], number = _block(lines, number, indent, block[1], block[2])
        elif value and not value.startswith("#"):
            table[key] = _scalar(path, number, value)
        elif _depth_of_next(lines, number) > indent:
            table[key], number = _table(path, lines, number, _depth_of_next(lines, number))
        else:
            table[key] = ""
    return table, number


def _depth_of_next(lines: list[str], number: int) -> int:
    line = next((line for line in lines[number:] if line.strip() and not line.lstrip().startswith("#")), "")
    return len(line) - len(line.lstrip())


def _block(lines: list[str], number: int, indent: int, style: str, ending: str) -> tuple[str, int]:
    """Return a block text, and the number of the line behind it."""
    taken: list[str] = []
    inner = _depth_of_next(lines, number)
    while number < len(lines) and (
        not lines[number].strip() or len(lines[number]) - len(lines[number].lstrip()) > indent
    ):
        taken.append(lines[number][inner:])
        number += 1
    text = "\n".join(taken).rstrip("\n")
    if style == ">":
        text = re.sub(r"(?<!\n)\n(?!\n)", " ", text)
    return text + ("" if ending == "-" else "\n"), number


def _scalar(path: str, number: int, value: str) -> str:
    """Return a plain or quoted text of one line."""
    if value.startswith('"'):
        try:
            found, _ = json.JSONDecoder().raw_decode(value)
            return str(found)
        except ValueError:
            raise SourceError(f"{path}:{number}: this text does not end on its line; write it as a block.") from None
    if value.startswith("'"):
        quoted = re.match(r"'((?:[^']|'')*)'\s*(?:#.*)?$", value)
        if quoted is None:
            raise SourceError(f"{path}:{number}: this text does not end on its line; write it as a block.")
        return quoted[1].replace("''", "'")
    if value[0] in "{[&*!":
        raise SourceError(
            f"{path}:{number}: this value is written in a way that is not read; write it on lines of its own."
        )
    return re.sub(r"\s+#.*$", "", value)
