"""StarterUpdate, StarterPullRequest: new starting files for repositories that were made already, and how far each is."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from course_admin.assignments.models import Assignment
from course_admin.submissions.models import Repository

BRANCH_PREFIX = "assay/starter-"


class StarterUpdate(models.Model):
    """One change of an assignment's starting files, sent to all repositories of it that there are: as its template stood then."""

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="starter_updates")
    number = models.PositiveSmallIntegerField(help_text=_("Of the assignment, from 1."))
    title = models.CharField(max_length=200, help_text=_("What students read in their list of pull requests."))
    replaces_changed = models.BooleanField(
        default=False, help_text=_("Whether files are in it that a student has changed; else they are only named.")
    )
    files = models.JSONField(
        null=True,
        blank=True,
        help_text=_("Path to the new file, and to the versions it had before. None: not read yet."),
    )
    asked_at = models.DateTimeField()
    next_try_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    words = models.TextField(blank=True, help_text=_("Why the template is not read, or not yet."))
    is_failed = models.BooleanField(default=False, help_text=_("Whether the template will not be read by itself."))

    class Meta:
        ordering = ["assignment", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["assignment", "number"], name="one_starter_update_of_a_number"),
            models.CheckConstraint(
                condition=Q(is_failed=False) | ~Q(words=""), name="a_starter_update_that_failed_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"starter update {self.number} of {self.assignment}"

    @property
    def branch(self) -> str:
        """The branch that it has in each repository: by it, what was begun is found again."""
        return f"{BRANCH_PREFIX}{self.assignment.slug}-{self.number}"


class PullRequestState(models.TextChoices):
    """How far one repository is."""

    WAITING = "waiting", _("waiting")
    OPENED = "opened", _("pull request opened")
    UNCHANGED = "unchanged", _("has it already")
    FAILED = "failed", _("not sent")


class StarterPullRequest(models.Model):
    """One repository's pull request of an update; killed anywhere, it goes on, and there is one."""

    update_of = models.ForeignKey(StarterUpdate, on_delete=models.CASCADE, related_name="pull_requests")
    repository = models.ForeignKey(Repository, on_delete=models.CASCADE, related_name="starter_pull_requests")
    state = models.CharField(max_length=16, choices=PullRequestState.choices, default=PullRequestState.WAITING)
    pull_number = models.PositiveIntegerField(null=True, blank=True, help_text=_("GitHub's number of it there."))
    begun_at = models.DateTimeField(null=True, blank=True, help_text=_("When GitHub was last asked to make anything."))
    requests = models.PositiveSmallIntegerField(default=0, help_text=_("How many requests then that make something."))
    next_try_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    words = models.TextField(blank=True, help_text=_("Why it is not sent, or which files are not in it."))

    class Meta:
        ordering = ["update_of", "repository"]
        constraints = [
            models.UniqueConstraint(
                fields=["update_of", "repository"], name="one_pull_request_per_update_and_repository"
            ),
        ]
        indexes = [models.Index(fields=["state", "next_try_at"], name="starter_pull_requests_due")]

    def __str__(self) -> str:
        return f"{self.update_of.branch} in {self.repository}"
