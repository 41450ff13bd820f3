"""Grades that the other system's own file has and that ours takes the place of: said before anybody uploads it.

No file tells who made a grade there. So each that is another one here is counted, with the first few by name.
"""

from collections.abc import Callable, Mapping

from django.utils.translation import gettext, ngettext

from course_admin.courses.models import Enrollment
from course_admin.gradebook.exports.export import NAMES_SHOWN, Wanted, alone
from course_admin.gradebook.exports.lms_file import number_there
from course_admin.gradebook.grading.grades import GradeRow, grade_rows
from grader.points import points_text, round_points

NOTHING = ("", "-")


def replaced_grades(
    wanted: Wanted, places: Mapping[int, int], there: Mapping[int, list[str]], is_kept: Callable[[str], bool]
) -> list[str]:
    """Return a sentence about the grades there that differ from those here, if there are any.

    `places`: of each assignment's column, by its key; `there`: each student's cells, by theirs; `is_kept`: says of a cell that it
    is no grade, or stays.
    """

    def has_grade(cell: str) -> bool:
        return cell.strip() not in NOTHING and not is_kept(cell)

    filled = [pk for pk, cells in there.items() if any(has_grade(cells[place]) for place in places.values())]
    if not filled:
        return []
    count, some = 0, []
    for row in grade_rows(wanted.course, among=Enrollment.objects.filter(pk__in=filled), around=alone(wanted)):
        place = places.get(row.assignment.pk)
        cell = there[row.student.pk][place] if place is not None else ""
        if row.points is not None and has_grade(cell) and number_there(cell) != round_points(row.points):
            count += 1
            some += [_both(row, cell)] if count <= NAMES_SHOWN else []
    return [_sentence(count, some)] if count else []


def _both(row: GradeRow, cell: str) -> str:
    return gettext("{student} ({assignment}: {there} there, {here} here)").format(
        student=row.student.name, assignment=row.assignment.title, there=cell.strip(), here=points_text(row.points or 0)
    )


def _sentence(count: int, some: list[str]) -> str:
    more = count - len(some)
    named = ", ".join(some) + (gettext(" and {more} more").format(more=more) if more else "")
    words = ngettext(
        "{count} grade of that file is another one here, and is replaced: {named}.",
        "{count} grades of that file are others here, and are replaced: {named}.",
        count,
    )
    return words.format(count=count, named=named)
