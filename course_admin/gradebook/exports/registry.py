"""Every format that grades leave in, and what can be refused before any of them begins. Views, page and command ask here."""

from collections.abc import Collection
from dataclasses import replace

from django.utils.translation import gettext

from course_admin.assignments.models import Assignment
from course_admin.courses.models import Course
from course_admin.gradebook.exports import results_archive
from course_admin.gradebook.exports.export import CannotExport, Export, Format, Wanted, in_one_language, listed
from course_admin.gradebook.exports.formats import (
    blackboard,
    brightspace,
    canvas,
    gradescope_csv,
    long_csv,
    moodle_csv,
    moodle_worksheet,
    moodle_xml,
    wide_csv,
)

_MODULES = (
    wide_csv,
    long_csv,
    canvas,
    moodle_csv,
    moodle_xml,
    moodle_worksheet,
    blackboard,
    brightspace,
    gradescope_csv,
    results_archive,
)
FORMATS: dict[str, Format] = {module.FORMAT.name: module.FORMAT for module in _MODULES}


def open_assignments(course: Course, slugs: Collection[str] = ()) -> list[Assignment]:
    """Return the assignments of a course that have grades: all but drafts, or those named.

    Raises CannotExport if there is none, or a name is nobody's.
    """
    found = [each for each in course.assignments.all() if not each.is_draft]
    if not found:
        raise CannotExport(
            gettext("{course} has no open assignment yet: there are no grades to export.").format(course=course)
        )
    unknown = sorted(set(slugs) - {each.slug for each in found})
    if unknown:
        known = ", ".join(each.slug for each in found)
        raise CannotExport(
            gettext("{course} has no open assignment called {unknown}; open are: {known}.").format(
                course=course, unknown=listed(unknown), known=known
            )
        )
    return [each for each in found if not slugs or each.slug in slugs]


def prepare(chosen: Format, wanted: Wanted) -> Export:
    """Prepare an export. Raises CannotExport, with nothing written, if it cannot be made as it was asked for."""
    if chosen.own_file and wanted.uploaded is None:
        raise CannotExport(
            gettext("{format} is made from that system's own file: add it. {own_file}").format(
                format=chosen.title, own_file=chosen.own_file
            )
        )
    if not chosen.own_file and wanted.uploaded is not None:
        raise CannotExport(
            gettext("{format} is made from no file: leave it out, or choose another format.").format(
                format=chosen.title
            )
        )
    if chosen.is_for_one_assignment and len(wanted.assignments) != 1:
        slugs = ", ".join(each.slug for each in wanted.assignments)
        raise CannotExport(
            gettext("{format} is for one assignment: choose one of {slugs}.").format(format=chosen.title, slugs=slugs)
        )
    if wanted.decimal_mark == "," and not chosen.knows_decimal_comma:
        raise CannotExport(
            gettext("{format} has decimal points everywhere: leave the decimal comma out.").format(format=chosen.title)
        )
    made = _prepare_released(chosen, wanted)
    return replace(made, pieces=in_one_language(made.pieces))


def _prepare_released(chosen: Format, wanted: Wanted) -> Export:
    """Prepare an export without grades that are held, or with a word about them where staff alone read it."""
    held = [each for each in wanted.assignments if not each.are_grades_out(wanted.at)]
    if not held:
        return chosen.prepare(wanted)
    slugs = listed([each.slug for each in held])
    if chosen.is_for_staff_alone:
        made = chosen.prepare(wanted)
        return replace(
            made,
            remarks=(
                *made.remarks,
                gettext("Grades that are held are in it, keep it among staff: {slugs}.").format(slugs=slugs),
            ),
        )
    out = [each for each in wanted.assignments if each not in held]
    if not out:
        raise CannotExport(
            gettext("The grades of {slugs} are held: publish them first, then export.").format(slugs=slugs)
        )
    made = chosen.prepare(replace(wanted, assignments=out))
    return replace(made, gaps=(*made.gaps, gettext("Grades that are held are left out: {slugs}.").format(slugs=slugs)))


def file_name(chosen: Format, wanted: Wanted) -> str:
    """Return what a file is called: course, assignment if there is one, format, and the day in the course's time zone."""
    assignment = [wanted.assignments[0].slug] if len(wanted.assignments) == 1 else []
    day = f"{wanted.at.astimezone(wanted.course.zone):%Y%m%d}"
    return "-".join([wanted.course.slug, *assignment, chosen.name, day]) + chosen.suffix
