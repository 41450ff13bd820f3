"""The two addresses by which a page follows an enquiry: the part of it that changes, and one word that says whether it has.

Both are made of the kind of enquiry, the right that its page needs, and the template of that part.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from course_admin.assignments.models import Assignment
from course_admin.courses.models import Course
from course_admin.courses.requests import LoggedInRequest
from course_admin.integrations.outbox.enquiry.model import Enquiry
from course_admin.integrations.outbox.enquiry.progress import asked_of
from course_admin.policy import Action, allowed, viewer


class Progress(Protocol):
    """How far something is; `version` is another text as soon as anything of it has changed."""

    @property
    def version(self) -> str:
        """Return that text."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What is followed: a course's enquiry, or, with an assignment in the address, that assignment's.

    `find` returns the newest enquiry of a kind about the course or assignment, `progress` how far it is.
    """

    kind: type[Enquiry]
    right: Action
    template: str
    find: Callable[[Any], Enquiry | None] | None = None
    progress: Callable[[Any, Any, datetime], Progress] = lambda place, found, at: asked_of(found, at)

    def place(self, request: LoggedInRequest, slug: str, assignment: str | None) -> Any:
        """Return the course or the assignment, for whoever may follow what is asked about it; there is none for others."""
        if assignment is None:
            return get_object_or_404(allowed(viewer(request), self.right, Course.objects.all()), slug=slug)
        led = allowed(viewer(request), self.right, Assignment.objects.select_related("course", "suite"))
        return get_object_or_404(led, course__slug=slug, slug=assignment)

    def shown(self, place: Any) -> dict[str, Any]:
        """Return what the part that changes is made of."""
        found = self._find(place)
        course, thing = (place.course, place) if isinstance(place, Assignment) else (place, None)
        told = {"course": course, "assignment": thing, "found": found}
        return told | {"progress": self.progress(place, found, timezone.now())}

    def _find(self, place: Any) -> Enquiry | None:
        if self.find is not None:
            return self.find(place)
        about = {self.kind.about: place} if isinstance(place, Assignment) else {f"{self.kind.about}__course": place}
        return self.kind._default_manager.filter(**about).first()

    def addresses(self, page: str, name: str) -> list[URLPattern]:
        """Return the two addresses below that of the page, named after it."""

        @require_safe
        @login_required
        @never_cache
        def live(request: LoggedInRequest, slug: str, assignment: str | None = None) -> HttpResponse:
            told = self.shown(self.place(request, slug, assignment))
            return render(request, self.template, {**told, "is_followed": True})

        @require_safe
        @login_required
        @never_cache
        def state(request: LoggedInRequest, slug: str, assignment: str | None = None) -> JsonResponse:
            return JsonResponse({"version": self.shown(self.place(request, slug, assignment))["progress"].version})

        return [path(f"{page}live/", live, name=f"{name}-live"), path(f"{page}state/", state, name=f"{name}-state")]
