"""What the course's own files beside a submission follow from in the student's code, read in a child process. Side: worker.

A child with limits parses it, as it does with everything that a student sent: a file of a few megabytes takes a parser seconds and
gigabytes, one that nests deeply ends it. What the child says is looked up in what the course itself knows, and nothing else of it.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from grader.errors import SourceError
from grader.source.limited import run_limited
from grader.source.limits import SourceLimits
from grader.suite.course_table import CourseTable
from grader.supervisor.course.exports import exports_of, lacking_names
from grader.supervisor.course.imports import imported


@dataclass(frozen=True, slots=True)
class Read:
    """What was found: which of some modules are imported, and the names that exports lack, by topic."""

    imported: tuple[str, ...] = ()
    lacking: dict[str, list[str]] = field(default_factory=dict)


def read_limited(
    contents: Mapping[str, bytes],
    measured: Mapping[str, bytes],
    hidden: Sequence[str],
    course: CourseTable,
    topics: Collection[str],
) -> Read:
    """Return which of the hidden modules the measured files import, and what exports of some topics lack.

    A submission that costs too much is read as nothing here: what Python cannot read of it is said where it is refused.
    """
    if not (hidden and measured) and not exports_of(contents, course, topics):
        return Read()

    def read() -> bytes:
        names = {name for path, data in measured.items() for name in imported(data, path)}
        return json.dumps([sorted(names & {*hidden}), lacking_names(contents, course, topics)]).encode()

    try:
        names, lacking = json.loads(run_limited(read, SourceLimits()))
        known = {topic: [name for name in lacking[topic] if type(name) is str] for topic in topics if topic in lacking}
        return Read(tuple(name for name in hidden if name in names), known)
    except (SourceError, ValueError, TypeError, RecursionError):
        return Read()
