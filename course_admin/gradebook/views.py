"""Pages about grades: a course's gradebook, for its staff; how a grade came about, for its student and staff; what other
rules would do, for who leads a course.

For everybody else they do not exist.
"""

import itertools
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from course_admin.assignments.models import Assignment
from course_admin.courses.audit import ChangedMeanwhile
from course_admin.courses.models import Course, Student
from course_admin.courses.requests import LoggedInRequest
from course_admin.gradebook import services
from course_admin.gradebook.cell.services import may_grant, reasons_of
from course_admin.gradebook.forms import ExportForm, RulesForm
from course_admin.gradebook.grading.grades import grade_rows, rows_of
from course_admin.gradebook.grading.what_if import apply, preview
from course_admin.gradebook.release.seen import rows_for_student
from course_admin.liveness import clock
from course_admin.manual_grading.shown import shown_gradings
from course_admin.policy import Action, allowed, may, viewer
from course_admin.submissions.models import Attempt

STUDENTS_ON_A_PAGE = 25


@require_safe
@login_required
@never_cache
def gradebook(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the grades of those whom the viewer teaches in a course, some students at a time."""
    course = get_object_or_404(allowed(viewer(request), Action.OPEN_GRADEBOOK, Course.objects.all()), slug=slug)
    query = request.GET.get("q", "").strip()
    students = Student.objects.active().filter(course=course).named_like(query)
    students = allowed(viewer(request), Action.SEE_RESULTS, students)
    page = Paginator(students, STUDENTS_ON_A_PAGE).get_page(request.GET.get("page"))
    on_page = page.object_list  # a queryset still, whatever the stub says
    rows = (row for row in grade_rows(course, among=on_page) if not row.assignment.is_draft)  # type: ignore[arg-type]
    lines = [(student, list(own)) for student, own in itertools.groupby(rows, key=lambda row: row.student)]
    assignments = [row.assignment for row in lines[0][1]] if lines else []
    shown = {"course": course, "page": page, "query": query, "lines": lines, "assignments": assignments}
    shown["held"] = {each.pk for each in assignments if not each.are_grades_out(clock.now())}
    shown["form"] = ExportForm(course)
    first = lines[0][0] if lines and assignments else None
    shown["may_grant"] = first is not None and may_grant(viewer(request), first, assignments[0])
    return render(request, "gradebook/gradebook.html", shown)


@require_safe
@login_required
@never_cache
def trace(request: HttpRequest, student: int) -> HttpResponse:
    """Show a student's grades in a course, each with the rules that made it."""
    students = allowed(viewer(request), Action.SEE_WORK, Student.objects.select_related("course"))
    person = get_object_or_404(students, pk=student)
    now = clock.now()
    is_staff = may(viewer(request), Action.SEE_RESULTS, person)
    seen = rows_of(person) if is_staff else rows_for_student(person, now)
    rows = [row for row in seen if not row.assignment.is_draft]
    shown = {"student": person, "rows": rows, "is_own": person.pk in viewer(request).places, "is_staff": is_staff}
    shown["may_grant"] = may(viewer(request), Action.GRANT, person)
    shown["by_hand"] = shown_gradings(person, [row.assignment for row in rows], is_staff=is_staff, at=now)
    shown["held"] = {row.assignment.pk for row in rows if not row.assignment.are_grades_out(now)}
    shown["reasons"] = reasons_of(person, [row.assignment for row in rows if not row.is_held])
    shown["points"] = sum((row.points for row in rows if row.points is not None), Decimal())
    shown["of"] = sum((row.assignment.points for row in rows), Decimal())
    shown["so_far"] = sum((row.assignment.points for row in rows if row.points is not None), Decimal())
    return render(request, "gradebook/trace.html", shown)


@require_POST
@login_required
def choose(request: HttpRequest, public_id: str) -> HttpResponse:
    """Let the viewer's own attempt count."""
    attempts = allowed(viewer(request), Action.CHOOSE, Attempt.objects.select_related("assignment__course"))
    attempt = get_object_or_404(attempts, public_id=public_id)
    student = get_object_or_404(Student.objects.of(request.user), course=attempt.assignment.course_id)
    try:
        services.choose_attempt(attempt=attempt, student=student, actor=request.user, at=timezone.now())
        messages.success(request, gettext("Attempt {number} counts now.").format(number=attempt.number))
    except services.NotToChoose as refusal:
        messages.error(request, str(refusal))
    return redirect("grade-trace", student=student.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def what_if(request: LoggedInRequest, slug: str, assignment: str) -> HttpResponse:
    """Try other rules on an assignment, see whose grades would move, then apply them or leave."""
    led = allowed(viewer(request), Action.CHANGE_RULES, Assignment.objects.select_related("course"))
    thing = get_object_or_404(led, course__slug=slug, slug=assignment)
    stored = Assignment.objects.get(pk=thing.pk)  # the form writes what it holds into its own object
    form = RulesForm(request.POST or None, instance=thing)
    moves = None
    if request.method == "POST" and form.is_valid():
        if "apply" in request.POST and not form.refuse_without_reason():
            why = form.cleaned_data["why"]
            told: dict[str, Any] = {"actor": request.user, "at": timezone.now(), "reason": why}
            try:
                apply(assignment=stored, rules=form.rules(), shown=form.cleaned_data["shown_state"], **told)
                messages.success(request, gettext("The new rules hold."))
                return redirect("what-if", slug=slug, assignment=assignment)
            except ChangedMeanwhile as refusal:  # the rules that hold now are shown, beside the reason that was typed
                messages.error(request, str(refusal))
                stored = Assignment.objects.get(pk=thing.pk)
                form = RulesForm(instance=stored, initial={"why": why})
        else:
            moves = preview(stored, form.rules())
    return render(request, "gradebook/what_if.html", {"assignment": stored, "form": form, "moves": moves})
