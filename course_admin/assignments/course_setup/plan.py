"""What a course consists of, as the table beside its suites says: modules, learning paths, milestones. No course is known here."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

TABLE = "modules.toml"


@dataclass(frozen=True, slots=True)
class Module:
    """One module of the table."""

    number: int
    title: str
    suite: str
    needs: tuple[int, ...]

    @property
    def slug(self) -> str:
        """Its short name."""
        return f"m{self.number:02}"


@dataclass(frozen=True, slots=True)
class LearningPath:
    """Modules in an order in which they can be taught; without any, staff choose their own."""

    name: str
    title: str
    modules: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Milestone:
    """Something that is built from several modules."""

    suite: str
    title: str
    needs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CoursePlan:
    """The table as a whole; `first` is the module that every path begins with."""

    title: str
    first: int
    modules: dict[int, Module]
    paths: dict[str, LearningPath]
    milestones: tuple[Milestone, ...]


def read_plan(folder: Path | None = None) -> CoursePlan:
    """Return what the table in the suites' folder says, or the one in another folder."""
    path = Path(folder or settings.ASSAY_SUITES) / TABLE
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    modules = [
        Module(int(row["number"]), row["title"], row["suite"], _numbers(row["needs"])) for row in table["module"]
    ]
    paths = [LearningPath(row["name"], row["title"], _numbers(row["modules"])) for row in table.get("path", [])]
    milestones = [Milestone(row["suite"], row["title"], _numbers(row["modules"])) for row in table.get("milestone", [])]
    return CoursePlan(
        title=table["course"],
        first=int(table["first"]),
        modules={each.number: each for each in modules},
        paths={each.name: each for each in paths},
        milestones=tuple(milestones),
    )


def _numbers(numbers: list[str]) -> tuple[int, ...]:
    return tuple(int(number) for number in numbers)
