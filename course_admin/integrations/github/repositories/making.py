"""Make the repositories that were asked for: a few at a time, within GitHub's limits, each step so that it may be done twice.

What is to be made is written down before GitHub is asked; what is there already, since an answer got lost, is taken up. Only
then is it bound, and its student given access. Source: GitHub's REST description, "Repositories" and "Collaborators".
"""

import logging
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from course_admin.assignments.patterns import LOGIN
from course_admin.integrations.deliveries import BadPayload
from course_admin.integrations.github.app.answers import NotPermitted, Rejected, TryLater
from course_admin.integrations.github.app.client import Access, GitHub
from course_admin.integrations.github.app.payload import full_name, number, text
from course_admin.integrations.github.models import Installation, OrderState, RepositoryOrder
from course_admin.submissions.intake.ownership.repositories import OfSomebodyElse, bind
from course_admin.submissions.models import Forge, Repository

log = logging.getLogger(__name__)

RIGHTS = (("administration", "write"), ("contents", "read"))
MADE_AT_ONCE = 5  # every ten seconds, two requests each that make something: GitHub allows 80 a minute
MADE_AN_HOUR = 200  # it allows 500 such requests an hour
CLAIM = timedelta(minutes=3)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=1)
HOUR = timedelta(hours=1)
NOT_THERE = "The GitHub App is not installed for {owner}."
MAY_NOT = "The GitHub App may not make repositories for {owner}: it needs the permission Administration, write."

ELSEWHERE = (
    "{name} is there already, and was not made here: its first push binds it to its student. Delete or rename it to have "
    "one made."
)


class NotMade(Exception):
    """A repository cannot be made as things are; the text is a sentence for staff."""


def make_due(*, hub: GitHub) -> int:
    """Make some of what is waiting; return how many got a step further."""
    at = hub.now()
    open_ones = RepositoryOrder.objects.filter(state__in=(OrderState.WAITING, OrderState.MADE), next_try_at__lte=at)
    room = MADE_AN_HOUR - RepositoryOrder.objects.filter(begun_at__gt=at - HOUR).count()
    due = open_ones.select_related("assignment__repository_template", "student__course").order_by("asked_at", "pk")
    done = 0
    for order in due[: max(min(MADE_AT_ONCE, room), 0)]:
        mine = RepositoryOrder.objects.filter(pk=order.pk, next_try_at=order.next_try_at)
        if mine.update(next_try_at=hub.now() + CLAIM):  # else another worker was faster
            done += _advance(order, hub)
    return done


def _advance(order: RepositoryOrder, hub: GitHub) -> bool:
    at, owner = hub.now(), order.assignment.repository_pattern.partition("/")[0]
    installation = Installation.objects.active().of_owner(f"{owner}/").first()
    try:
        if installation is None:
            raise NotMade(NOT_THERE.format(owner=owner))
        if not installation.may("administration"):
            raise NotMade(MAY_NOT.format(owner=owner))
        if installation.is_quiet(at):
            RepositoryOrder.objects.filter(pk=order.pk).update(next_try_at=installation.quiet_until)
            return False
        _Maker(hub, installation, order).make()
    except TryLater as problem:
        asked = timedelta(seconds=problem.seconds)
        if problem.is_limit and installation is not None:
            Installation.objects.filter(pk=installation.pk).update(quiet_until=at + asked)
        pause = min(max(asked, FIRST_PAUSE * 2 ** min(order.tries, 8)), LONGEST_PAUSE)
        fields = {"next_try_at": at + pause, "tries": order.tries + 1, "words": str(problem)}
        RepositoryOrder.objects.filter(pk=order.pk).update(**fields)
        return False
    except (NotMade, NotPermitted, Rejected, BadPayload, OfSomebodyElse) as problem:
        log.warning("The repository %s was not made: %s", order, problem)
        RepositoryOrder.objects.filter(pk=order.pk).update(state=OrderState.FAILED, words=str(problem))
        return False
    return True


class _Maker:
    """Brings one order to its end."""

    def __init__(self, hub: GitHub, installation: Installation, order: RepositoryOrder) -> None:
        self._hub, self._order = hub, order
        self._access = Access(installation.number, RIGHTS)

    def make(self) -> None:
        """Do what is missing. Raises NotMade, OfSomebodyElse, BadPayload or a GitHubProblem."""
        order = self._order
        if not order.full_name:
            order.login = text(self._ask("GET", f"/user/{order.github_id}"), "login", "login", 39)
            order.full_name = order.assignment.repository_pattern.replace(LOGIN, order.login)
            order.save(update_fields=["login", "full_name"])
        if order.state == OrderState.WAITING:
            there = self._found()
            if there is not None and not self._is_ours(there):
                raise NotMade(ELSEWHERE.format(name=order.full_name))
            self._bind(there or self._generate())
            self._note(OrderState.MADE)
        path = f"/repos/{quote(order.full_name)}/collaborators/{quote(order.login)}"
        self._ask("PUT", path, {"permission": "push"})
        self._note(OrderState.READY)

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
        bind(student=self._order.student, login=self._order.login, host_id=host_id, **names)

    def _ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        said = self._hub.as_installation(self._access, method, path, body)
        return said if isinstance(said, dict) else {}

    def _note(self, state: OrderState) -> None:
        self._order.state, self._order.words, self._order.tries = state, "", 0
        self._order.save(update_fields=["state", "words", "tries"])
