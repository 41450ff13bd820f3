"""`{% comments attempt %}`: the comments on an attempt, on its page; `{% said_on attempt as said %}`: those on each check."""

from collections import defaultdict
from typing import Any

from django import template
from django.utils import timezone

from course_admin.review.clusters.answers import answers_to
from course_admin.review.models import TEXT_CHARACTERS, Comment
from course_admin.submissions.models import Attempt

register = template.Library()


@register.inclusion_tag("review/_comments.html", takes_context=True)
def comments(context: dict[str, Any], attempt: Attempt, is_staff: bool) -> dict[str, Any]:
    """Show what the viewer may read, and the form to those who may write."""
    request, run = context["request"], attempt.shown_run
    readable = list(Comment.objects.readable_by(request.user, attempt, timezone.now()))
    shown = set(run.checks.values_list("test_id", flat=True)) if run and run.is_graded and not is_staff else set()
    checks = run.checks.only("test_id", "name", "number", "run") if is_staff and run and run.is_graded else []
    return {
        "attempt": attempt,
        # Those on a check that is shown stand beside it; staff, who release and delete them here, see all.
        "comments": [comment for comment in readable if comment.test_id not in shown],
        "checks": checks,
        "is_staff": is_staff,
        "user": request.user,
        "text_characters": TEXT_CHARACTERS,
        "csrf_token": context.get("csrf_token"),
        "answers": answers_to(attempt),
    }


@register.simple_tag(takes_context=True)
def said_on(context: dict[str, Any], attempt: Attempt) -> dict[str, list[Comment]]:
    """Return the comments that the viewer may read by the test that they are about; "" is the attempt as a whole."""
    said: dict[str, list[Comment]] = defaultdict(list)
    for comment in Comment.objects.readable_by(context["request"].user, attempt, timezone.now()):
        said[comment.test_id].append(comment)
    return dict(said)


@register.filter
def of_check(said: dict[str, list[Comment]], test_id: str) -> list[Comment]:
    """Return the comments on one check."""
    return said.get(test_id, [])


@register.filter
def is_said_of(group: Any, said: dict[str, list[Comment]]) -> bool:
    """Say whether there is a comment on one of the failed checks of a group."""
    return any(said.get(row.check.test_id) for row in group.failed)
