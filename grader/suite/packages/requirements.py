"""Packages that a suite's boxes hold besides their own: what its manifest asks for, and the pins that this came to. Side: any.

`judge_requirements` are for the tests, `candidate_requirements` for the students' code. `python -m grader suite build` looks up
what they come to and writes `requirements.lock` beside suite.toml: versions, the hashes of their wheels, and the names that can
be imported. A suite is used with exactly these, so they are part of its digest.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from grader.errors import SuiteError
from grader.suite.toml_text import read_toml

LOCK = "requirements.lock"
KINDS = ("judge", "candidate")
#: What every box of a kind lets a submission or a test import besides Python's own.
IN_EVERY_CANDIDATE = ("numpy", "msgpack", "tzdata")
REQUIREMENT = re.compile(r"[A-Za-z0-9][\w.-]*(\[[\w., -]+\])?\s*((==|>=|<=|~=|!=|<|>)\s*[\w.*+!-]+(\s*,\s*)?)*")
PIN = re.compile(r"[A-Za-z0-9][\w.-]*==[\w.!+-]+( --hash=sha256:[0-9a-f]{64})+")
HEADER = """# What the packages of this suite's boxes are, exactly. Made by: python -m grader suite build
# Part of the suite: keep it beside suite.toml, and build again when requirements have changed.
"""
Place = Callable[[str], str]  # file and line of a key, for the message


class Packages(NamedTuple):
    """What one kind of box holds for a suite: what was asked for, the pins, and the names that can be imported."""

    asked: tuple[str, ...] = ()
    pins: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()


def key_of(kind: str) -> str:
    """Return the manifest's key for the packages of a kind of box."""
    return f"{kind}_requirements"


def refuse_unusual(table: Mapping[str, Any], place: Place) -> None:
    """Raise SuiteError for a requirement that is more than a package's name and its versions."""
    for kind in KINDS:
        for text in table.get(key_of(kind), ()):
            if not REQUIREMENT.fullmatch(text.strip()):
                raise SuiteError(
                    f'{place(key_of(kind))}: {text!r} is no package with its versions; write it as in "pandas" or "pandas>=2,<3"'
                )


def read_lock(folder: Path, table: Mapping[str, Any], place: Place) -> dict[str, Packages]:
    """Return what each kind of box holds for a suite; raises SuiteError for a lock that is missing, out of date or none."""
    asked = {kind: tuple(table.get(key_of(kind), ())) for kind in KINDS}
    path = folder / LOCK
    if not any(asked.values()):
        return dict.fromkeys(KINDS, Packages())
    build = f"python -m grader suite build {folder}"
    first = next(kind for kind in KINDS if asked[kind])
    if not path.is_file():
        raise SuiteError(f"{place(key_of(first))}: what these packages are, exactly, is not known yet; run {build}")
    found = _parsed(path)
    for kind in KINDS:
        if found[kind].asked != asked[kind]:
            raise SuiteError(f"{place(key_of(first))}: {LOCK} was made of other requirements; run {build}")
    return found


def _parsed(path: Path) -> dict[str, Packages]:
    try:
        table = read_toml(path.read_text(encoding="utf-8"))
        found = {kind: Packages(**{key: tuple(value) for key, value in table[kind].items()}) for kind in KINDS}
    except (ValueError, TypeError, KeyError, AttributeError):
        raise SuiteError(f"{path}: this is no list that `suite build` has made") from None
    for packages in found.values():
        for pin in packages.pins:
            if type(pin) is not str or not PIN.fullmatch(pin):
                raise SuiteError(f"{path}: {str(pin)[:100]!r} is no version with its hash")
    return found


def lock_text(found: Mapping[str, Packages]) -> str:
    """Return the text of a lock."""
    parts = [HEADER]
    for kind in KINDS:
        rows = {key: list(value) for key, value in found[kind]._asdict().items()}
        lines = [f"{key} = {json.dumps(value, ensure_ascii=False, indent=1)}" for key, value in rows.items()]
        parts.append("\n".join([f"[{kind}]", *lines, ""]))
    return "\n".join(parts)


def refuse_clashes(names: Sequence[str], found: Mapping[str, Packages], allowed: Sequence[str], place: Place) -> None:
    """Raise SuiteError for a package that is called as the student's, and for an import that is allowed and not there."""
    for kind in KINDS:
        for name in found[kind].imports:
            if name in names:
                raise SuiteError(
                    f"{place(key_of(kind))}: one of these brings a module {name}, as the student's package is called; do without "
                    "it, or give the student's another name"
                )
    there = {*IN_EVERY_CANDIDATE, *found["candidate"].imports}
    for name in allowed:
        if name not in there:
            raise SuiteError(
                f"{place('allowed_imports')}: {name} is not there for a student's code; write candidate_requirements = "
                f'["{name}"], and run python -m grader suite build'
            )
