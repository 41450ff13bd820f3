"""About how large an export of a whole course will be, for the page that offers it: counted, and multiplied by what a line takes.

An export is written while it is read, from its first second on, so that nobody waits for a page; its length is known at its end
alone. What a browser shows of a download is how much of it has come: with this number that says how far it is.
"""

from dataclasses import dataclass

PERSON_BYTES = 60  # a name, a number, an address
GRADE_BYTES = 6  # and what parts it from the next
REASON_BYTES = 90  # maximum, late days, attempt, commit and the sentence, in a line of its own
RESULT_BYTES = 2_500  # of an attempt's results.json in the archive: of two dozen checks, compressed


@dataclass(frozen=True, slots=True)
class Size:
    """What would be written: of how many people and assignments, and about how many bytes by kind of file."""

    students: int
    assignments: int
    wide_bytes: int  # one line for each student
    long_bytes: int  # one line for each grade
    archive_bytes: int  # one file for each attempt of one assignment


def size_of(students: int, assignments: int) -> Size:
    """Return about how large the exports of so many students' grades in so many assignments are."""
    wide = PERSON_BYTES + assignments * GRADE_BYTES
    long = assignments * (PERSON_BYTES + GRADE_BYTES + REASON_BYTES)
    return Size(students, assignments, students * wide, students * long, students * RESULT_BYTES)
