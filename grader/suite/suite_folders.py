"""Which suites a command is about: folders that are named, or the word for every suite of our own course. Side: worker."""

from collections.abc import Sequence
from pathlib import Path

WHOLE_COURSE = "all"


def suite_folders(named: Sequence[Path]) -> list[Path]:
    """Return the folders that are named; of the single word `all`, every suite of our course in its order."""
    return whole_course() if is_whole_course(named) else list(named)


def is_whole_course(named: Sequence[Path]) -> bool:
    """Whether the word for the whole course is all that is named."""
    return list(named) == [Path(WHOLE_COURSE)]


def whole_course() -> list[Path]:
    """Return the folders of every suite of our own course."""
    from grader.suite.course_table import read_course_table
    from grader.suite.manifest import OWN_SUPPORT

    return [OWN_SUPPORT / name for name in read_course_table(OWN_SUPPORT).suites()]
