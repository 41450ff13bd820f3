"""The table of a course beside its suites: topics, editions, learning paths, milestones. Side: any.

Everything is keyed by topic; what number a topic has, where its code lives and what it builds on is said by an edition.
Always true: no course is known here, and a submission's edition is told by its paths and texts, never by running it.
"""

import ast
import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from grader.errors import SuiteError
from grader.source.tree import Tree

TABLE = "modules.toml"


@dataclass(frozen=True, slots=True)
class Topic:
    """What is taught, in whichever edition."""

    name: str
    title: str
    suite: str
    tier: str
    names: tuple[str, ...]
    constants: tuple[str, ...]
    patches: bool = False  # whether importing it changes what earlier modules do


@dataclass(frozen=True, slots=True)
class Module:
    """A topic's place in an edition."""

    number: str
    topic: str
    module: str  # dotted
    needs: tuple[str, ...]  # topics
    also_at: tuple[str, ...]

    @property
    def file(self) -> str:
        """The path of its file."""
        return self.module.replace(".", "/") + ".py"


@dataclass(frozen=True, slots=True)
class Sign:
    """What of a repository shows its edition: a path below any folder, or a text in the file at a path."""

    path: str
    holds: str = ""

    def is_in(self, tree: Tree) -> bool:
        """Say whether a tree shows it."""
        marked = f"/{self.path}"
        files = [path for path in tree.paths if f"/{path}".endswith(marked) or f"{marked}/" in f"/{path}"]
        return any(self.holds.encode() in tree.read(path) for path in files)


@dataclass(frozen=True, slots=True)
class Edition:
    """The course as it was taught at one time."""

    name: str
    title: str
    is_offered: bool
    signs: tuple[Sign, ...]
    modules: Mapping[str, Module]  # by topic, in the order of their numbers
    export_lacks: Mapping[str, str]  # by topic: statements that the course's own export of its notebook leaves out


@dataclass(frozen=True, slots=True)
class LearningPath:
    """Topics in an order in which they can be taught; without any, staff choose their own."""

    name: str
    title: str
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Milestone:
    """Something that is built from several topics."""

    suite: str
    title: str
    topics: tuple[str, ...]


@dataclass(frozen=True)
class CourseTable:
    """The table as a whole; `first` is the topic that every path begins with."""

    title: str
    first: str
    topics: Mapping[str, Topic]
    editions: Mapping[str, Edition]
    paths: Mapping[str, LearningPath]
    milestones: tuple[Milestone, ...]

    @cached_property
    def offered(self) -> Edition:
        """The edition that the suites beside the table are written for."""
        return next(edition for edition in self.editions.values() if edition.is_offered)

    def patching_after(self, topic: str) -> list[str]:
        """Return the topics behind this one whose modules change earlier ones on import; none for what is no topic."""
        order = list(self.offered.modules)
        later = order[order.index(topic) + 1 :] if topic in order else []
        return [name for name in later if self.topics[name].patches]

    def suites(self) -> list[str]:
        """Return the folders of all suites: each topic's in the offered edition's order, then the milestones'."""
        return [
            *(self.topics[topic].suite for topic in self.offered.modules),
            *(each.suite for each in self.milestones),
        ]

    def edition(self, name: str) -> Edition:
        """Return an edition that a course can be given in; raises SuiteError with a sentence for any other."""
        found = self.editions.get(name)
        if found is None or not found.is_offered:
            known = " or ".join(each.name for each in self.editions.values() if each.is_offered)
            what = f"The edition {found.title}, cannot be graded yet" if found else f"There is no edition {name!r}"
            raise SuiteError(f"{what}; choose {known}.")
        return found

    def recognise(self, tree: Tree) -> Edition | None:
        """Return the edition whose signs a submission shows, the first of the table if several; None if it shows none."""
        for edition in self.editions.values():
            if any(sign.is_in(tree) for sign in edition.signs):
                return edition
        return None

    def note_on_edition(self, tree: Tree) -> str:
        """Return what a student must know who follows another edition than the course; empty for everybody else."""
        found = self.recognise(tree)
        if found is None or found is self.offered:
            return ""
        return (
            f"Your repository looks like {found.title}; this course uses {self.offered.title}. What differs: "
            f"{'; '.join(self._differences(found))}. Ask your course's staff which one to work in."
        )

    def _differences(self, found: Edition) -> list[str]:
        """Return in words which topics have another number or another file there than here."""
        told = []
        for topic, here in self.offered.modules.items():
            there = found.modules.get(topic)
            if there is None:
                continue
            title = self.topics[topic].title
            if here.number != there.number:
                told.append(f"{title} is module {there.number} there and {here.number} here")
            if here.file != there.file:
                told.append(f"{title} lives in {there.file} there and in {here.file} here")
        return told


def read_course_table(folder: Path) -> CourseTable:
    """Return the table of a folder of suites; raises SuiteError if it cannot be used."""
    path = folder / TABLE
    try:
        return _table_of(path.read_text(encoding="utf-8"))
    except KeyError as problem:
        raise SuiteError(f"{path}: {problem} is missing or not known") from None
    except (OSError, ValueError, TypeError, AttributeError) as problem:
        raise SuiteError(f"{path} cannot be read: {problem}") from None


@functools.lru_cache(maxsize=8)
def _table_of(text: str) -> CourseTable:
    """Return the table that a text holds: of one course it is asked for again and again."""
    return _table(tomllib.loads(text))


def _table(raw: Mapping[str, Any]) -> CourseTable:
    topics = {row["name"]: Topic(**_tuples(row)) for row in raw["topic"]}
    modules = {row["name"]: _modules(row["modules"]) for row in raw["edition"] if "modules" in row}
    table = CourseTable(
        title=raw["course"],
        first=raw["first"],
        topics=topics,
        editions={row["name"]: _edition(row, modules) for row in raw["edition"]},
        paths={row["name"]: LearningPath(**_tuples(row)) for row in raw.get("path", [])},
        milestones=tuple(Milestone(**_tuples(row)) for row in raw.get("milestone", [])),
    )
    used = [
        table.first,
        *(topic for path in table.paths.values() for topic in path.topics),
        *(topic for milestone in table.milestones for topic in milestone.topics),
        *(
            name
            for each in table.editions.values()
            for row in each.modules.values()
            for name in (row.topic, *row.needs)
        ),
    ]
    for name in used:
        topics[name]  # or a KeyError that names it
    if not any(edition.is_offered for edition in table.editions.values()):
        raise ValueError("it offers no edition")
    return table


def _modules(rows: list[dict[str, Any]]) -> dict[str, Module]:
    return {row["topic"]: Module(**_tuples(row)) for row in rows}


def _edition(row: Mapping[str, Any], modules: Mapping[str, Mapping[str, Module]]) -> Edition:
    signs = tuple(Sign(**sign) for sign in row["signs"])
    rows = modules[row.get("modules_of", row["name"])]
    lacks = row.get("export_lacks", {})
    for topic, statements in lacks.items():
        rows[topic]  # or a KeyError that names it
        ast.parse(statements)
    return Edition(row["name"], row["title"], row["is_offered"], signs, rows, lacks)


def _tuples(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
