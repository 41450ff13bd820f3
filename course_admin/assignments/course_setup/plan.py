"""What a course consists of in one edition, as the table beside its suites says: modules, learning paths, milestones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from grader.suite.course_table import read_course_table


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


def read_plan(folder: Path | None = None, edition: str = "") -> CoursePlan:
    """Return what the table in the suites' folder, or in another, says of an edition: the offered one if none is named.

    Raises SuiteError, with a sentence, for an edition that no course can be given in.
    """
    table = read_course_table(Path(folder or settings.ASSAY_SUITES))
    chosen = table.edition(edition) if edition else table.offered
    numbers = {topic: int(row.number) for topic, row in chosen.modules.items()}
    modules = [
        Module(numbers[topic], table.topics[topic].title, table.topics[topic].suite, _numbers(numbers, row.needs))
        for topic, row in chosen.modules.items()
    ]
    paths = [LearningPath(each.name, each.title, _numbers(numbers, each.topics)) for each in table.paths.values()]
    milestones = [Milestone(each.suite, each.title, _numbers(numbers, each.topics)) for each in table.milestones]
    return CoursePlan(
        title=table.title,
        first=numbers[table.first],
        modules={each.number: each for each in modules},
        paths={each.name: each for each in paths},
        milestones=tuple(milestones),
    )


def _numbers(numbers: Mapping[str, int], topics: Sequence[str]) -> tuple[int, ...]:
    return tuple(numbers[topic] for topic in topics)
