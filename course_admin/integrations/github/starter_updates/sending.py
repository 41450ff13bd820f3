"""Send updates: read a template once, then open one pull request a repository, a few at a time, within GitHub's limits.

Each step may be done twice: what an earlier try has made, a branch or a pull request, is found by the branch's name and taken up.
"""

from datetime import timedelta

from django.db.models import Sum

from course_admin.integrations.github.app.answers import Rejected
from course_admin.integrations.github.app.client import Access, GitHub
from course_admin.integrations.github.models import (
    Installation,
    OrderState,
    PullRequestState,
    RepositoryOrder,
    StarterPullRequest,
    StarterUpdate,
)
from course_admin.integrations.github.repositories.ledger import NotMade, advance, claim
from course_admin.integrations.github.repositories.making import requests_since
from course_admin.integrations.github.starter_updates.changes import Changes, StarterFile, changes_for
from course_admin.integrations.github.starter_updates.git_data import GitData
from course_admin.integrations.github.starter_updates.template import read_template

NEEDS = {"contents": "write", "pull_requests": "write"}
MAY_NOT = "The GitHub App may not open pull requests for {owner}: it needs Contents, write and Pull requests, write."
MADE_AN_HOUR, MADE_A_MINUTE = 450, 60  # GitHub allows 500 requests an hour that make something, and 80 a minute
BESIDE_FILES = 4  # such requests that a pull request takes beside one for each file
AT_ONCE = 10
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
WORKFLOWS = ".github/workflows/"
MOVED = "It is no longer in the organisation: its student can take the new files from the course's page."
NO_BRANCH = "It has no branch {branch}, so that there is nothing to compare with."


def send_due(*, hub: GitHub) -> int:
    """Take some of what waits a step further; return how many."""
    at = hub.now()
    unread = StarterUpdate.objects.filter(files__isnull=True, is_failed=False, next_try_at__lte=at)
    for update in unread.select_related("assignment__repository_template").order_by("pk"):
        if claim(update, hub.now()):
            _read(update, hub)
    waiting = StarterPullRequest.objects.filter(
        state=PullRequestState.WAITING, next_try_at__lte=at, update_of__files__isnull=False
    )
    done = 0
    due = waiting.select_related("update_of__assignment", "repository").order_by("next_try_at", "pk")
    for row in due[:AT_ONCE]:
        if _requests_left(hub) < BESIDE_FILES + len(row.update_of.files or {}):
            break
        done += claim(row, hub.now()) and _send(row, hub)
    return done


def _requests_left(hub: GitHub) -> int:
    """Return how many requests that make something may follow; making repositories goes first."""
    at = hub.now()
    orders = RepositoryOrder.objects.all()
    if orders.filter(state__in=(OrderState.WAITING, OrderState.MADE), next_try_at__lte=at).exists():
        return 0
    left = []
    for span, most in ((HOUR, MADE_AN_HOUR), (MINUTE, MADE_A_MINUTE)):
        mine = StarterPullRequest.objects.filter(begun_at__gt=at - span).aggregate(all=Sum("requests"))["all"] or 0
        left.append(most - mine - requests_since(at - span))
    return min(left)


def _read(update: StarterUpdate, hub: GitHub) -> None:
    template = update.assignment.repository_template.full_name
    owner = template.partition("/")[0]

    def step(installation: Installation) -> None:
        access = Access(installation.number, (("contents", "read"),))
        files = read_template(GitData(hub, access, template))
        StarterUpdate.objects.filter(pk=update.pk).update(
            files={path: each.as_json() for path, each in files.items()}, words=""
        )

    needs, failed = {"contents": "read"}, {"is_failed": True}
    may_not = f"The GitHub App may not read {template}: it needs the permission Contents, read."
    advance(update, hub=hub, owner=owner, needs=needs, may_not=may_not, step=step, failed=failed)


def _send(row: StarterPullRequest, hub: GitHub) -> bool:
    owner = row.update_of.assignment.repository_pattern.partition("/")[0]
    return advance(
        row,
        hub=hub,
        owner=owner,
        needs=NEEDS,
        may_not=MAY_NOT.format(owner=owner),
        step=lambda installation: _Sender(hub, installation, row).send(),
        failed={"state": PullRequestState.FAILED},
    )


class _Sender:
    """Brings one repository's pull request to its end."""

    def __init__(self, hub: GitHub, installation: Installation, row: StarterPullRequest) -> None:
        self._hub, self._row, self._update = hub, row, row.update_of
        self._may_workflows = installation.may("workflows")
        rights = {**NEEDS, **({"workflows": "write"} if self._may_workflows else {})}
        self._git = GitData(hub, Access(installation.number, tuple(sorted(rights.items()))), row.repository.full_name)

    def send(self) -> None:
        """Do what is missing. Raises NotMade, BadPayload or a GitHubProblem."""
        if self._row.repository.has_moved:
            raise NotMade(MOVED)
        known = self._git.pull_request(self._update.branch)
        if known is not None:
            self._note(PullRequestState.OPENED, known, self._row.words)
            return
        onto = self._row.repository.branch_for(self._update.assignment)
        tip = self._git.branch_tip(onto)
        if tip is None:
            raise NotMade(NO_BRANCH.format(branch=onto))
        tree = self._git.tree(tip)
        files, kept_back = self._files()
        changes = changes_for(files, tree.names, replaces_changed=self._update.replaces_changed)
        words = _words(changes, kept_back)
        if not changes.files:
            self._note(PullRequestState.UNCHANGED, None, words)
            return
        self._row.begun_at, self._row.requests = self._hub.now(), BESIDE_FILES + len(changes.files)
        self._row.save(update_fields=["begun_at", "requests"])
        if self._git.branch_tip(self._update.branch) is None:
            commit = self._git.commit(changes.files, tree, tip, self._update.title)
            self._git.make_branch(self._update.branch, commit)
        self._note(PullRequestState.OPENED, self._open(onto, changes), words)

    def _open(self, onto: str, changes: Changes) -> int:
        try:
            return self._git.open_pull_request(
                branch=self._update.branch, onto=onto, title=self._update.title, body=_body(changes)
            )
        except Rejected:
            known = self._git.pull_request(self._update.branch)  # made by a request whose answer got lost
            if known is None:
                raise
            return known

    def _files(self) -> tuple[list[StarterFile], list[str]]:
        """Return the update's files, and the paths of those that GitHub takes from no App without a permission of its own."""
        files = [StarterFile.from_json(path, told) for path, told in sorted((self._update.files or {}).items())]
        kept_back = [] if self._may_workflows else [each.path for each in files if each.path.startswith(WORKFLOWS)]
        return [each for each in files if each.path not in kept_back], kept_back

    def _note(self, state: PullRequestState, pull_number: int | None, words: str) -> None:
        self._row.state, self._row.pull_number, self._row.words, self._row.tries = state, pull_number, words, 0
        self._row.save(update_fields=["state", "pull_number", "words", "tries"])


def _words(changes: Changes, kept_back: list[str]) -> str:
    """Return what staff read of what is not in a pull request."""
    parts = []
    if changes.left_out:
        parts.append(f"Not in it, since the student has changed them: {', '.join(changes.left_out)}.")
    if kept_back:
        parts.append(f"Not in it, since the App has no permission Workflows, write: {', '.join(kept_back)}.")
    return " ".join(parts)


def _body(changes: Changes) -> str:
    """Return what a student reads in their pull request."""
    lines = [
        "Your course has changed these starting files. Look at *Files changed*, then merge this pull request to take them over; "
        "pull before you go on working.",
        "",
        *(f"- `{each.path}`" for each in changes.files),
    ]
    if changes.replaced:
        lines += ["", "**You have changed these yourself: merging replaces your version.**", ""]
        lines += [f"- `{path}`" for path in changes.replaced]
    if changes.left_out:
        lines += ["", "These have changed too, and so have yours: they stay as you have them.", ""]
        lines += [f"- `{path}`" for path in changes.left_out]
    return "\n".join(lines) + "\n"
