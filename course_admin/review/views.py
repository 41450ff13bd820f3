"""Releasing and taking back comments, for staff of the attempt's student; for everybody else they do not exist."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from course_admin.courses.requests import LoggedInRequest
from course_admin.policy import Action, allowed, viewer
from course_admin.review import services
from course_admin.review.models import Comment


@require_POST
@login_required
def release(request: LoggedInRequest, comment: int) -> HttpResponse:
    """Let the student read a comment."""
    found = get_object_or_404(
        allowed(viewer(request), Action.COMMENT, Comment.objects.select_related("attempt")), pk=comment
    )
    services.release_comment(comment=found, actor=request.user, at=timezone.now())
    return redirect(address_of(found))


@require_POST
@login_required
def delete(request: LoggedInRequest, comment: int) -> HttpResponse:
    """Take the viewer's own comment back."""
    own = allowed(viewer(request), Action.DELETE_COMMENT, Comment.objects.select_related("attempt"))
    found = get_object_or_404(own, pk=comment)
    services.delete_comment(comment=found, actor=request.user, at=timezone.now())
    return redirect(f"{reverse('attempt', args=[found.attempt.public_id])}#comments")


def address_of(comment: Comment) -> str:
    """Return where a comment stands: among the lines of its file, or on the page of its attempt."""
    place = comment.place
    page = (
        place.url(comment.attempt).partition("#")[0] if place else reverse("attempt", args=[comment.attempt.public_id])
    )
    return f"{page}#comment-{comment.pk}"
