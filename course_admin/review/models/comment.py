"""Comment: what staff say about an attempt, or about one of its checks; the student reads it once it is released."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from course_admin.policy import Action, may
from course_admin.submissions.code.places import Place
from course_admin.submissions.models import Attempt
from course_admin.tracked import Tracked

TEXT_CHARACTERS = 4_000
PATH_CHARACTERS, LINE_CHARACTERS = 1_000, 200


class CommentQuerySet(models.QuerySet["Comment"]):
    """Questions about comments."""

    def in_thread_of(self, comment: "Comment") -> "CommentQuerySet":
        """Those about the same thing of the same attempt."""
        same = {name: getattr(comment, name) for name in ("attempt_id", "test_id", "path", "cell", "line")}
        return self.filter(**same)

    def readable_by(self, user: Any, attempt: Attempt, at: datetime) -> "CommentQuerySet":
        """Those on an attempt that a viewer of it may read: all for its student's staff, the released for its student."""
        found = self.filter(attempt=attempt).select_related("author")
        return found if may(user, Action.SEE_RESULTS, attempt) else found.filter(released_at__lte=at)


class Comment(Tracked):
    """One comment: on an attempt, on one of its checks, or on a line of its files.

    It names its check as the suite does, so that it stays with the check when a regrade makes new lines. A line is of what was
    handed in, which never changes; what it says is kept beside it, for when the files are no longer.
    """

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="comments")
    test_id = models.CharField(max_length=500, blank=True, help_text=_("Empty: about the attempt as a whole."))
    check_name = models.CharField(max_length=500, blank=True)
    path = models.CharField(max_length=PATH_CHARACTERS, blank=True, help_text=_("Of a comment on a line: the file."))
    cell = models.PositiveIntegerField(default=0, help_text=_("Of a notebook: the cell, from 1."))
    line = models.PositiveIntegerField(default=0, help_text=_("Of the file or the cell, from 1. 0: about no line."))
    line_text = models.CharField(max_length=LINE_CHARACTERS, blank=True, help_text=_("The line, as it was handed in."))
    text = models.TextField(max_length=TEXT_CHARACTERS)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True, help_text=_("From then on its student reads it."))

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ["written_at", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="a_comment_says_something"),
            models.CheckConstraint(
                condition=Q(test_id="", check_name="") | ~Q(test_id="") & ~Q(check_name=""),
                name="a_comment_on_a_check_names_it",
            ),
            models.CheckConstraint(
                condition=Q(line=0, path="", cell=0, line_text="") | Q(line__gte=1, test_id="") & ~Q(path=""),
                name="a_comment_on_a_line_names_its_file",
            ),
        ]

    def __str__(self) -> str:
        return gettext("comment on {attempt}").format(attempt=self.attempt)

    @property
    def place(self) -> Place | None:
        """The line that it is about; None if about none."""
        return Place(self.path, self.line, self.cell) if self.line else None
