"""`{% comments attempt %}`: every comment on an attempt, on its page of the desk; `{{ word|verdict }}`: a verdict in words;
`{{ id|test_name }}`: a test without its file."""

from typing import Any

from django import template
from django.utils import timezone

from course_admin.review.clusters.answers import answers_to
from course_admin.review.models import TEXT_CHARACTERS, Comment
from course_admin.submissions.models import Attempt
from course_admin.submissions.models.check import VERDICT_LABELS
from grader.verdict import Verdict

register = template.Library()
register.filter("test_name", lambda test: test.partition("::")[2] or test)
register.filter("verdict", lambda word: VERDICT_LABELS[Verdict(word)])


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
