"""Where the service begins, a course's home, its assignments, and every attempt of one of them."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from course_admin.assignments.late_words import late_words
from course_admin.assignments.models import Assignment
from course_admin.courses.models import Course, Student
from course_admin.liveness import clock
from course_admin.policy import Action, allowed, may, viewer
from course_admin.review.eyes.by_hand import to_grade
from course_admin.review.eyes.waiting import waiting
from course_admin.student.cards import badge_of, cards_of, next_of, stacks_of
from course_admin.student.compare import code_diff, verdicts
from course_admin.student.history import history_of
from course_admin.student.leaderboard import has_leaderboard, leaderboards_of
from course_admin.student.losses import losses_of
from course_admin.submissions.models import Attempt, Run, RunState
from course_admin.submissions.reports.report import report
from course_admin.submissions.reports.ungraded_pushes import ungraded_pushes

LISTED = 50
NEWEST, DUE = 10, 4  # on the home of a course: submissions, and what is due next


@require_safe
@login_required
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """Show the home of the viewer's course; all courses if there are several."""
    courses = list(allowed(viewer(request), Action.OPEN_COURSE, Course.objects.order_by("title", "pk")))
    if len(courses) == 1:
        return course_home(request, courses[0].slug)
    return render(request, "student/home.html", {"courses": courses})


def _course(request: HttpRequest, slug: str, action: Action = Action.OPEN_COURSE) -> Course:
    return get_object_or_404(allowed(viewer(request), action, Course.objects.all()), slug=slug)


def _place(request: HttpRequest, course: Course) -> Any:
    """Return the viewer's own line as a student of a course; None if they have none."""
    places = Student.objects.of(request.user).active().filter(course=course)
    return places.select_related("course", "section").first()


def _assignments(request: HttpRequest, course: Course) -> Any:
    """Return a course's assignments, the first that is due coming first; drafts for who opens its gradebook alone."""
    found = course.assignments.order_by(F("due_at").asc(nulls_last=True), "module", "slug")
    return found if may(viewer(request), Action.OPEN_GRADEBOOK, course) else found.filter(is_draft=False)


@require_safe
@login_required
@never_cache
def course_home(request: HttpRequest, slug: str) -> HttpResponse:
    """Show what is next and where everything stands: a student's own, and to staff what waits for them."""
    course, now = _course(request, slug), clock.now()
    student = _place(request, course)
    shown: dict[str, Any] = {"course": course, "student": student}
    if student is not None:
        cards = cards_of(student, now)
        following = next_of(cards)
        shown |= {"stacks": stacks_of(cards), "next": following, "losses": losses_of(following, request.user, now)}
        shown["pushes"] = [
            line for line in ungraded_pushes(request.user, now) if line.push.repository.course_id == course.pk
        ]
    if may(viewer(request), Action.OPEN_QUEUE, course):
        runs = allowed(viewer(request), Action.SEE_RESULTS, Run.objects.filter(attempt__assignment__course=course))
        people = allowed(viewer(request), Action.SEE_RESULTS, Student.objects.active().filter(course=course))
        attempts = Attempt.objects.with_names().filter(assignment__course=course)
        shown |= {
            "newest": allowed(viewer(request), Action.SEE_RESULTS, attempts)[:NEWEST],
            "waiting": runs.filter(state=RunState.QUEUED).count(),
            "attention": waiting(viewer(request), course).count(),
            "to_grade": sum(row["count"] for row in to_grade(viewer(request), course)),
            "students": people.count(),
        }
    if student is None:
        shown["assignments"] = [each for each in _assignments(request, course) if each.due_at and each.due_at > now][
            :DUE
        ]
    return render(request, "student/course_home.html", shown)


@require_safe
@login_required
@never_cache
def assignments(request: HttpRequest, slug: str) -> HttpResponse:
    """List a course's assignments."""
    course = _course(request, slug)
    student = _place(request, course)
    at = clock.now()
    lines = (
        [(card.assignment, card, card.badge) for card in cards_of(student, at)]
        if student is not None and not may(viewer(request), Action.OPEN_GRADEBOOK, course)
        else [(each, None, badge_of(each, at)) for each in _assignments(request, course)]
    )
    return render(request, "student/assignments.html", _rights(request, course) | {"course": course, "lines": lines})


def _rights(request: HttpRequest, course: Course) -> dict[str, bool]:
    me = viewer(request)
    return {
        "sees_submissions": may(me, Action.OPEN_GRADEBOOK, course),
        "opens_desk": may(me, Action.OPEN_DESK, course),
        "may_compare_work": may(me, Action.COMPARE_WORK, course),
        "may_regrade": may(me, Action.REGRADE, course),
        "may_change_rules": may(me, Action.CHANGE_RULES, course),
        "may_set_up": may(me, Action.SET_UP, course),
        "may_release": may(me, Action.RELEASE_GRADES, course),
    }


@require_safe
@login_required
@never_cache
def assignment(request: HttpRequest, slug: str, assignment: str) -> HttpResponse:
    """Show one assignment: what it asks, how to hand in, and the viewer's own attempts."""
    course = _course(request, slug)
    thing = get_object_or_404(_assignments(request, course).select_related("course", "suite"), slug=assignment)
    student = _place(request, course)
    card = None
    if student is not None and not thing.is_draft:
        card = next(each for each in cards_of(student, clock.now()) if each.assignment.pk == thing.pk)
    shown = _rights(request, course) | {"course": course, "assignment": thing, "card": card}
    shown["badge"] = card.badge if card is not None else badge_of(thing, clock.now())
    shown["late_costs"] = late_words(thing.late_policy)
    shown["history"] = history_of(card) if card is not None else None
    shown["needs"] = thing.needs.order_by("module", "slug")
    shown["has_leaderboard"] = has_leaderboard(thing)
    return render(request, "student/assignment.html", shown)


@require_safe
@login_required
@never_cache
def leaderboard(request: HttpRequest, slug: str, assignment: str) -> HttpResponse:
    """Show who leads in what an assignment's suite measures: pseudonyms, and names to who may open them and asks."""
    course = _course(request, slug)
    thing = get_object_or_404(_assignments(request, course).select_related("course"), slug=assignment)
    may_open_names = may(viewer(request), Action.OPEN_LEADERS_NAMES, course)
    shown = {
        "course": course,
        "assignment": thing,
        "leaderboards": leaderboards_of(thing),
        "student": _place(request, course),
        "may_open_names": may_open_names,
        "has_names": may_open_names and request.GET.get("names") == "1",
    }
    return render(request, "student/leaderboard.html", shown)


@require_safe
@login_required
@never_cache
def course_attempts(request: HttpRequest, slug: str) -> HttpResponse:
    """List the newest attempts of those whom the viewer teaches in a course."""
    course = _course(request, slug, Action.OPEN_GRADEBOOK)
    of_course = Attempt.objects.with_names().filter(assignment__course=course)
    attempts = allowed(viewer(request), Action.SEE_RESULTS, of_course)
    chosen = Assignment.objects.filter(course=course, slug=request.GET.get("assignment", "")).first()
    if chosen is not None:
        attempts = attempts.filter(assignment=chosen)
    page = Paginator(attempts, LISTED).get_page(request.GET.get("page"))
    shown = {"course": course, "page": page, "chosen": chosen, "assignments": _assignments(request, course)}
    return render(request, "student/attempts.html", shown)


@require_safe
@login_required
@never_cache
def compare(request: HttpRequest, before: str, after: str) -> HttpResponse:
    """Show what changed from one attempt to another of the same people for the same assignment."""
    mine = allowed(viewer(request), Action.SEE_WORK, Attempt.objects.with_names())
    old, new = (get_object_or_404(mine, public_id=public_id) for public_id in (before, after))
    if old.assignment_id != new.assignment_id or not {*old.people} & {*new.people}:
        raise Http404
    reports = [report(attempt=each, user=request.user, at=clock.now()) for each in (old, new)]
    changed = verdicts(reports[0].checks, reports[1].checks)
    shown = {
        "course": new.assignment.course,
        "assignment": new.assignment,
        "before": old,
        "after": new,
        "before_run": reports[0].run,
        "after_run": reports[1].run,
        "verdicts": changed,
        "lists": [
            (gettext("Newly broken"), changed.broken),
            (gettext("Fixed"), changed.fixed),
            (gettext("Still failing"), changed.still),
        ],
        "files": code_diff(old, new),
    }
    return render(request, "student/compare.html", shown)
