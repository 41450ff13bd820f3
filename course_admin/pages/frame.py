"""The frame of every page: whose service it is, the viewer's courses, the tabs of the present one, the viewer's own menu.

A tab is shown where the policy lets its page be opened, and nowhere else. Where nothing is known of the viewer, as on the page
of a fault, the frame asks nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from course_admin.courses.models import Course, Student
from course_admin.pages.institution import Institution
from course_admin.policy import Action, allowed, is_anybodys_staff, may, may_enter_back_office, viewer

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: Where a page's context holds something of its course: the steps to it.
PATHS_TO_COURSE = (
    ("course",),
    ("assignment", "course"),
    ("student", "course"),
    ("attempt", "assignment", "course"),
    ("report", "attempt", "assignment", "course"),
)
COURSES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class TabRule:
    """One tab: its words, the page that it opens, whoever may open that, and the pages below it."""

    label: "StrOrPromise"
    page: str
    action: Action
    pages_below: frozenset[str] = frozenset()


GRADE_PAGES = frozenset({"gradebook-export", "grade-cell", "grade-trace", "canvas-course"})
DESK_PAGES = frozenset(
    {"submissions", "submission", "failures", "failure", "failure-compare", "similarity", "side-by-side"}
    | {"by-hand", "by-hand-rubric", "by-hand-calibration", "by-hand-grade"}
)
UPLOAD_PAGES = frozenset({"upload-new", "upload"})
PLANNING_PAGES = frozenset({"set-up-course", "set-up-preview", "new-assignment"})
REPOSITORY_PAGES = frozenset({"repositories", "my-repository", "named-repository"})

#: In their order; what students have comes first. "Grades" is their own, and made by `_own_grades`.
TABS = (
    TabRule(_("Overview"), "course-home", Action.OPEN_COURSE, frozenset({"home"})),
    TabRule(
        _("Assignments"),
        "assignments",
        Action.OPEN_COURSE,
        frozenset(
            {"assignment", "attempt", "attempt-code", "compare", "what-if", "release", "regrade", "regrade-preview"}
        )
        | DESK_PAGES
        | UPLOAD_PAGES
        | PLANNING_PAGES
        | REPOSITORY_PAGES,
    ),
    TabRule(_("Submissions"), "course-attempts", Action.OPEN_GRADEBOOK),
    TabRule(_("Needs eyes"), "needs-eyes", Action.OPEN_DESK),
    TabRule(_("Queue"), "queue", Action.OPEN_QUEUE),
    TabRule(
        _("Gradebook"),
        "gradebook",
        Action.OPEN_GRADEBOOK,
        frozenset({"gradebook-export", "grade-cell", "grade-trace", "canvas-course"}),
    ),
    TabRule(_("Insights"), "course-insights", Action.OPEN_DESK, frozenset({"insights"})),
    TabRule(_("People"), "people", Action.IMPORT_ROSTER, frozenset({"roster-import", "invitations", "audit-log"})),
)


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab as it is shown."""

    label: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Place:
    """One course of the viewer's, and the page where it begins."""

    course: Course
    url: str


@dataclass(frozen=True, slots=True)
class Account:
    """The viewer, for their own menu."""

    name: str
    has_password: bool

    @property
    def initials(self) -> str:
        """One or two letters."""
        words = [word for word in self.name.split() if word[:1].isalnum()]
        return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()


class Frame:
    """What stands around one page; everything is asked when a template first shows it."""

    def __init__(self, request: HttpRequest | None, context: Mapping[str, Any]) -> None:
        user = getattr(request, "user", None)
        self._request = request if user is not None and user.is_authenticated else None
        self._context = context

    @property
    def languages(self) -> list[tuple[str, str]]:
        """The languages that this page could be in as well, each with its name in itself."""
        return [(code, name) for code, name in settings.LANGUAGES if code != get_language()]

    @property
    def institution(self) -> Institution:
        """Whose service this is."""
        return settings.ASSAY_INSTITUTION

    @cached_property
    def viewed_as(self) -> Any:
        """The place of the student whose pages the viewer looks at; None where they are themself."""
        return getattr(self._request, "viewed_as", None)

    @cached_property
    def account(self) -> Account | None:
        """The viewer; None for a visitor, and for who looks at a student's pages."""
        if self._request is None or self.viewed_as is not None:
            return None
        user: Any = self._request.user
        return Account(str(user), user.has_usable_password())

    @cached_property
    def courses(self) -> list[Place]:
        """The courses that the viewer may open."""
        if self._request is None:
            return []
        mine = allowed(viewer(self._request), Action.OPEN_COURSE, Course.objects.order_by("title", "pk"))
        return [Place(each, reverse("course-home", args=[each.slug])) for each in mine[:COURSES_SHOWN]]

    @cached_property
    def course(self) -> Course | None:
        """The course of this page; of a page of no course, the viewer's only one."""
        named = course_in(self._context)
        if named is not None or self._request is None:
            return named
        return self.courses[0].course if len(self.courses) == 1 else None

    @cached_property
    def tabs(self) -> list[Tab]:
        """The pages of this course that the viewer may open."""
        if self._request is None or self.course is None:
            return []
        me, here = viewer(self._request), self._request.resolver_match
        name = here.url_name if here else ""
        shown = [
            Tab(str(rule.label), reverse(rule.page, args=[self.course.slug]), name in {rule.page, *rule.pages_below})
            for rule in TABS
            if may(me, rule.action, self.course)
        ]
        shown[2:2] = self._own_grades(name)
        if may(me, Action.LEAD, self.course) and may_enter_back_office(me):
            settings_url = f"{reverse('admin:assignments_assignment_changelist')}?course__id__exact={self.course.pk}"
            shown.append(Tab(gettext("Settings"), settings_url, is_current=False))
        return shown

    def _own_grades(self, name: str | None) -> list[Tab]:
        """Return the tab of the viewer's own grades; none for who is no student here."""
        assert self._request is not None
        place = Student.objects.of(self._request.user).active().filter(course=self.course).first()
        return [Tab(gettext("Grades"), reverse("grade-trace", args=[place.pk]), name == "grade-trace")] if place else []

    @cached_property
    def sees_styles(self) -> bool:
        """Whether the viewer may open the page of all components."""
        return self._request is not None and is_anybodys_staff(viewer(self._request))


def course_in(context: Mapping[str, Any]) -> Course | None:
    """Return the course that a page's context names; None if it names none."""
    for first, *steps in PATHS_TO_COURSE:
        thing = context.get(first)
        for step in steps:
            thing = getattr(thing, step, None)
        if isinstance(thing, Course):
            return thing
    return None
