"""The threads of an attempt as one viewer may read them: comments and requests about each check, or each line of its files that
somebody wrote on, in the order of their times."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from course_admin.discussion.models import RegradeRequest
from course_admin.review.models import Comment
from course_admin.submissions.code.places import Place
from course_admin.submissions.models import Attempt


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was said: a comment or a request, never both."""

    at: datetime
    comment: Comment | None = None
    request: RegradeRequest | None = None

    @property
    def anchor(self) -> str:
        """Its place on a page."""
        return f"comment-{self.comment.pk}" if self.comment else f"request-{self.request.pk if self.request else 0}"

    @property
    def check_name(self) -> str:
        """The check that it is about; empty: the attempt, or a line."""
        said: Any = self.comment or self.request
        return said.check_name

    @property
    def place(self) -> Place | None:
        """The line that it is about; None if about none."""
        return self.comment.place if self.comment else None


Threads = dict[str | Place, list[Entry]]


def threads_of(user: Any, attempt: Attempt, at: datetime) -> Threads:
    """Return what a viewer of an attempt may read, by test or line; "" is the attempt as a whole. Two queries."""
    found: Threads = defaultdict(list)
    for comment in Comment.objects.readable_by(user, attempt, at):
        found[comment.place or comment.test_id].append(Entry(comment.written_at, comment=comment))
    for request in RegradeRequest.objects.filter(attempt=attempt).select_related("student", "decided_by"):
        found[request.test_id].append(Entry(request.asked_at, request=request))
    return {about: sorted(entries, key=lambda entry: entry.at) for about, entries in found.items()}
