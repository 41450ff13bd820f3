"""Moodle's XML import of grades: items and students by their ID numbers; what has no grade is not in it.

An item's ID number in Moodle must be the assignment's short name here. Source: moodle, grade/import/xml/lib.php.
"""

import itertools
import re
from collections.abc import Iterator
from datetime import UTC
from xml.sax.saxutils import escape

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from course_admin.courses.csv_cells import LINES_AT_ONCE
from course_admin.gradebook.exports.export import (
    CannotExport,
    Export,
    Format,
    Rows,
    Wanted,
    counted,
    graded_students,
    listed,
    refused_above_the_maximum,
    some_lines,
    with_maxima,
)
from course_admin.gradebook.exports.people import AT_ONCE
from grader.points import points_text

#: What XML 1.0 has no way to write. Source: W3C, "Extensible Markup Language (XML) 1.0", production 2.
_NO_CHARACTER = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def prepare(wanted: Wanted) -> Export:
    """Prepare a result for each grade of those who have an ID number."""
    without = []
    for name, student_id in wanted.students().values_list("name", "student_id").iterator(chunk_size=AT_ONCE):
        if _NO_CHARACTER.search(student_id):
            raise CannotExport(
                gettext(
                    "The ID number of {name} has a character that no XML file can hold. Mend it in the roster."
                ).format(name=name)
            )
        if not student_id:
            without.append(name)
    words = gettext("without an ID number, by which alone the XML finds people; the CSV can match by e-mail address")
    gaps = (
        (
            gettext("{counted} {words}: {names}.").format(
                counted=counted(len(without), "student"), words=words, names=listed(without)
            ),
        )
        if without
        else ()
    )
    names = with_maxima({each.pk: each.slug for each in wanted.assignments}, wanted.assignments)
    remark = gettext("In Moodle, the items must have these ID numbers, and be out of as many points: {names}.").format(
        names=names
    )
    return Export(_pieces(wanted, some_lines(_lines(wanted))), gaps, (remark, *refused_above_the_maximum(wanted)))


def _pieces(wanted: Wanted, results: Iterator[str]) -> Iterator[bytes]:
    lines = itertools.chain(_head(wanted), results, ["</results>\n"])
    while lots := "".join(itertools.islice(lines, LINES_AT_ONCE)):
        yield lots.encode()


def _head(wanted: Wanted) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f'<results batch="assay-{wanted.course.slug}-{wanted.at.astimezone(UTC):%Y%m%dT%H%M%SZ}">\n'


def _lines(wanted: Wanted) -> Iterator[str]:
    for student, rows in graded_students(wanted):
        if student.student_id:
            yield from _results(wanted, student.student_id, rows)


def _results(wanted: Wanted, student_id: str, rows: Rows) -> Iterator[str]:
    for each in wanted.assignments:
        if (row := rows.get(each.pk)) is not None and row.points is not None:
            yield (
                f"  <result><state>new</state><assignment>{escape(each.slug)}</assignment>"
                f"<student>{_text(student_id)}</student><score>{points_text(row.points)}</score>"
                f"<feedback>{_text(row.grade.sentence)}</feedback></result>\n"
            )


def _text(text: str) -> str:
    """Return a text as XML that a parser reads back as it was, line ends included."""
    return escape(_NO_CHARACTER.sub("\ufffd", text), {"\r": "&#13;"})


FORMAT = Format(
    name="moodle-xml",
    title=_("Moodle grade import (XML)"),
    suffix=".xml",
    content_type="application/xml; charset=utf-8",
    prepare=prepare,
)
