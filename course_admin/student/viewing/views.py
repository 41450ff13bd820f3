"""The two buttons: look at a student's pages as they do, and end that. For who may not, a student's pages do not exist."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from course_admin.courses.models import Student
from course_admin.courses.requests import LoggedInRequest
from course_admin.liveness import clock
from course_admin.policy import Action, allowed, viewer
from course_admin.student.viewing import session


@require_POST
@login_required
def view_as(request: LoggedInRequest, student: int) -> HttpResponse:
    """Show a student's pages from now on, beginning where the button was if the student sees that page, too."""
    taught = allowed(
        viewer(request), Action.VIEW_AS_STUDENT, Student.objects.active().select_related("account", "course")
    )
    person = get_object_or_404(taught, pk=student)
    try:
        session.begin(request=request, student=person, actor=request.user, at=clock.now())
    except session.NotToView as refusal:
        messages.error(request, str(refusal))
        return redirect("grade-trace", student=person.pk)
    page = request.POST.get("page", "")
    if page.startswith("/") and url_has_allowed_host_and_scheme(page, None):
        return HttpResponseRedirect(page)
    return redirect("course-home", slug=person.course.slug)


@require_POST
@login_required
def view_as_end(request: LoggedInRequest) -> HttpResponse:
    """Show the viewer's own pages again, beginning with the student's grades."""
    student = session.end(request)
    return redirect("grade-trace", student=student) if student else redirect("home")
