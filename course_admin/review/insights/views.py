"""Pages of insights over the students whom the viewer teaches: a course's assignments; the figures of one, and its files."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from course_admin.courses.csv_cells import csv_lines, kept_cell
from course_admin.courses.models import Course
from course_admin.policy import Action, allowed, viewer
from course_admin.review.desk.place import place_of
from course_admin.review.insights.course import lines_of
from course_admin.review.insights.figures import figures
from course_admin.review.insights.tables import TABLES, Table


@require_safe
@login_required
@never_cache
def course_insights(request: HttpRequest, slug: str) -> HttpResponse:
    """List a course's assignments, each leading to its insights."""
    me = viewer(request)
    course = get_object_or_404(allowed(me, Action.OPEN_DESK, Course.objects.all()), slug=slug)
    return render(request, "review/course_insights.html", {"course": course, "lines": lines_of(me, course)})


@require_safe
@login_required
@never_cache
def insights(request: HttpRequest, slug: str, assignment: str) -> HttpResponse:
    """Show the figures of an assignment as pictures and tables."""
    place = place_of(request, slug, assignment)
    found = figures(place)
    shown: dict[str, Any] = {"place": place, "found": found, "tables": [make(place, found) for make in TABLES.values()]}
    return render(request, "review/insights.html", shown)


@require_safe
@login_required
@never_cache
def insights_csv(request: HttpRequest, slug: str, assignment: str, table: str) -> HttpResponse:
    """Download one of the tables."""
    place = place_of(request, slug, assignment)
    if table not in TABLES:
        raise Http404
    with override(settings.LANGUAGE_CODE):  # files of several people can be laid side by side
        lines = csv_of(TABLES[table](place, figures(place)))
    answer = HttpResponse(lines, content_type="text/csv; charset=utf-8")
    name = f"{place.course.slug}-{place.assignment.slug}-{table}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def csv_of(table: Table) -> str:
    """Return a table as CSV; a cell that a spreadsheet would work out is made text."""
    return "".join(csv_lines(table.columns, ([kept_cell(cell) for cell in row] for row in table.rows)))
