"""Make the repositories that were asked for: a few at a time, within GitHub's limits, each step so that it may be done twice.

What is to be made is written down before GitHub is asked; what is there already, since an answer got lost, is taken up. Only
then is it bound, and its student given access. Source: GitHub's REST description, "Repositories" and "Collaborators".
"""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from django.db.models import Exists, OuterRef, Q

from course_admin.assignments.patterns import LOGIN, login_in
from course_admin.integrations.github.app.answers import Rejected, TryLater
from course_admin.integrations.github.app.client import Access, GitHub
from course_admin.integrations.github.app.payload import full_name, number, text
from course_admin.integrations.github.models import Installation, OrderState, RepositoryMember, RepositoryOrder
from course_admin.integrations.github.repositories.ledger import NotMade, advance, claim
from course_admin.integrations.github.repositories.teams import team_name
from course_admin.submissions.intake.ownership.repositories import bind, has_start, note_start
from course_admin.submissions.models import Forge, Repository

RIGHTS = (("administration", "write"), ("contents", "read"))
REQUESTS_AT_ONCE = 10  # every ten seconds, of those that make something: GitHub allows 80 a minute
REQUESTS_AN_HOUR = 400  # it allows 500 of them an hour
COPYING_SECONDS = 10.0  # until it is asked again for files that it has not copied yet
OF_A_REPOSITORY = 2  # of them, and one more for each further member
HOUR = timedelta(hours=1)
MAY_NOT = "The GitHub App may not make repositories for {owner}: it needs the permission Administration, write."

ELSEWHERE = (
    "{name} is there already, and was not made here: its first push binds it to its student. Delete or rename it to have "
    "one made."
)


def make_due(*, hub: GitHub) -> int:
    """Make some of what is waiting; return how many got a step further."""
    at = hub.now()
    newcomers = Exists(RepositoryMember.objects.filter(order=OuterRef("pk"), given_at=None))
    is_open = Q(state__in=(OrderState.WAITING, OrderState.MADE)) | Q(newcomers, state=OrderState.READY)
    open_ones = RepositoryOrder.objects.filter(is_open, next_try_at__lte=at)
    room = min(REQUESTS_AN_HOUR - requests_since(at - HOUR), REQUESTS_AT_ONCE)
    due = open_ones.select_related("assignment__repository_template", "student__course", "group")
    done = 0
    for order in due.order_by("asked_at", "pk")[:REQUESTS_AT_ONCE]:
        cost = OF_A_REPOSITORY + order.members.count()
        if cost > room and (done or room < REQUESTS_AT_ONCE):  # a group larger than a round is a round
            break
        room -= cost
        done += claim(order, hub.now()) and _advance(order, hub)
    return done


def requests_since(moment: datetime) -> int:
    """Return how many requests that make something were sent for repositories since a moment."""
    begun = RepositoryOrder.objects.filter(begun_at__gt=moment).count()
    return OF_A_REPOSITORY * begun + RepositoryMember.objects.filter(given_at__gt=moment).count()


def _advance(order: RepositoryOrder, hub: GitHub) -> bool:
    owner = order.assignment.repository_pattern.partition("/")[0]
    return advance(
        order,
        hub=hub,
        owner=owner,
        needs={"administration": "write"},
        may_not=MAY_NOT.format(owner=owner),
        step=lambda installation: _Maker(hub, installation, order).make(),
        failed={"state": OrderState.FAILED},
    )


class _Maker:
    """Brings one order to its end."""

    def __init__(self, hub: GitHub, installation: Installation, order: RepositoryOrder) -> None:
        self._hub, self._order = hub, order
        self._access = Access(installation.number, RIGHTS)

    def make(self) -> None:
        """Do what is missing. Raises NotMade, OfSomebodyElse, BadPayload or a GitHubProblem."""
        order = self._order
        if not order.full_name:
            order.login = self._login(order.github_id)
            name = team_name(order.group) if order.group else order.login
            order.full_name = order.assignment.repository_pattern.replace(LOGIN, name)
            order.save(update_fields=["login", "full_name"])
        if order.state == OrderState.WAITING:
            there = self._found()
            if there is not None and not self._is_ours(there):
                raise NotMade(ELSEWHERE.format(name=order.full_name))
            self._bind(there or self._generate())
            self._note(OrderState.MADE)
        self._note_start()
        self._give_access(order.login)
        for member in order.members.filter(given_at=None).order_by("pk"):
            self._give_access(self._login(member.github_id))
            RepositoryMember.objects.filter(pk=member.pk).update(given_at=self._hub.now())
        self._note(OrderState.READY)

    def _note_start(self) -> None:
        """Note the commit that it was made with, before its student can push; GitHub copies the files a moment later."""
        repository = Repository.objects.get(
            forge=Forge.GITHUB, full_name=self._order.full_name, student=self._order.student
        )
        if has_start(repository):
            return
        branch = repository.default_branch
        try:
            told = self._ask("GET", f"/repos/{quote(repository.full_name)}/branches/{quote(branch, safe='')}")
        except Rejected as problem:
            if problem.status not in (404, 409):
                raise
            raise TryLater("GitHub is still copying the template's files.", COPYING_SECONDS) from None
        tip = told.get("commit")
        commit_id = text(tip if isinstance(tip, dict) else {}, "sha", "commit.sha", 64)
        note_start(repository, commit_id=commit_id, at=self._hub.now())

    def _login(self, github_id: int) -> str:
        """Return what a number is called at present."""
        return text(self._ask("GET", f"/user/{github_id}"), "login", "login", 39)

    def _give_access(self, login: str) -> None:
        path = f"/repos/{quote(self._order.full_name)}/collaborators/{quote(login)}"
        self._ask("PUT", path, {"permission": "push"})

    def _found(self) -> dict[str, Any] | None:
        """Return the repository if it is there."""
        try:
            return self._ask("GET", f"/repos/{quote(self._order.full_name)}")
        except Rejected as problem:
            if problem.status != 404:
                raise
            return None

    def _is_ours(self, told: dict[str, Any]) -> bool:
        """Say whether a repository that is there is this order's: whoever may make one there could have made it first."""
        mine = Repository.objects.filter(
            forge=Forge.GITHUB, host_id=number(told, "id", "repository.id"), student=self._order.student
        )
        return self._order.begun_at is not None or mine.exists()

    def _generate(self) -> dict[str, Any]:
        order = self._order
        template = order.assignment.repository_template.full_name
        owner, _, name = order.full_name.partition("/")
        order.begun_at = self._hub.now()
        order.save(update_fields=["begun_at"])
        body = {"owner": owner, "name": name, "private": True, "include_all_branches": False}
        return self._ask("POST", f"/repos/{quote(template)}/generate", body)

    def _bind(self, told: dict[str, Any]) -> None:
        if told.get("private") is not True:
            raise NotMade(f"{self._order.full_name} is there already, and public: make it private, and try again.")
        host_id = number(told, "id", "repository.id")
        branch = text(told, "default_branch", "repository.default_branch")
        names = {"full_name": full_name(told), "default_branch": branch}
        name = login_in(self._order.assignment.repository_pattern, self._order.full_name) or self._order.login
        bind(student=self._order.student, login=name, host_id=host_id, **names)

    def _ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        said = self._hub.as_installation(self._access, method, path, body)
        return said if isinstance(said, dict) else {}

    def _note(self, state: OrderState) -> None:
        self._order.state, self._order.words, self._order.tries = state, "", 0
        self._order.save(update_fields=["state", "words", "tries"])
