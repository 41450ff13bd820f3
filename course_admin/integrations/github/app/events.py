"""What GitHub tells beside pushes: where the App is, what repositories are called now, and that somebody wants another run.

Each takes a signed delivery's payload and number, and returns a status and a sentence. Raises BadPayload.
"""

from typing import Any

from course_admin.integrations.github.app import payload as read
from course_admin.integrations.github.app.credentials import credentials
from course_admin.integrations.github.app.installations import note_installation
from course_admin.integrations.github.app.rerequests import Wanted, rerequest
from course_admin.liveness.clock import now
from course_admin.submissions.intake.ownership.repositories import note_deletion, note_name

Reply = tuple[int, str]
#: The permissions and events that the App needs for what it does; docs/github.md says for what.
NEEDED = {"contents": "read", "checks": "write"}
NEEDED_EVENTS = ("push", "check_run", "check_suite", "repository", "member")


def installation(payload: dict[str, Any], _delivery_id: str) -> Reply:
    """Note that the App was installed, uninstalled, suspended, or granted something."""
    row = note_installation(read.member(payload, "installation"), now(), has_ended=payload.get("action") == "deleted")
    if row.ended_at:
        return 202, f"Noted: the App is not in {row.account_login} any more."
    if row.suspended_at:
        return 202, f"Noted: the App is suspended in {row.account_login}, and does nothing there."
    missing = [f"{name}: {level}" for name, level in NEEDED.items() if not row.may(name, level)]
    if missing:
        return 202, f"Noted: the App is in {row.account_login}, without the permission {' and '.join(missing)}."
    return 202, f"Noted: the App is in {row.account_login}, and may do what it needs to."


def installation_repositories(payload: dict[str, Any], _delivery_id: str) -> Reply:
    """Note what an installation reaches: tokens say it themselves, so that only the installation is stored."""
    row = note_installation(read.member(payload, "installation"), now())
    return 202, f"Noted: which repositories of {row.account_login} the App reaches has changed."


def repository(payload: dict[str, Any], _delivery_id: str) -> Reply:
    """Note what a repository that we know is called now, whose it is, or that it is gone."""
    told = read.member(payload, "repository")
    host_id, name = read.number(told, "id", "repository.id"), read.full_name(told)
    if payload.get("action") == "deleted":
        pushes = note_deletion(host_id=host_id)
        return 202, f"Noted: {name} was deleted; pushes of it that could not be fetched before: {pushes}."
    branch = read.text(told, "default_branch", "repository.default_branch")
    is_known = note_name(host_id=host_id, full_name=name, default_branch=branch)
    return 202, f"Noted: the repository is {name}." if is_known else f"No student is known to have {name}."


def member(payload: dict[str, Any], _delivery_id: str) -> Reply:
    """Answer who may push where: nothing here depends on it, since a repository is bound to its student."""
    name = read.full_name(read.member(payload, "repository"))
    login = read.text(read.member(payload, "member"), "login", "member.login", 100)
    return 202, f"Read: what {login} may do in {name} has changed. Whose repository it is has not."


def check_run(payload: dict[str, Any], delivery_id: str) -> Reply:
    """Have an attempt judged again whose check run somebody wants again."""
    told = read.member(payload, "check_run")
    if payload.get("action") != "rerequested":
        return 202, "This event is of no interest here."
    external = told.get("external_id")
    return _again(payload, told, delivery_id, external if isinstance(external, str) else "")


def check_suite(payload: dict[str, Any], delivery_id: str) -> Reply:
    """Have all attempts of a commit judged again whose checks somebody wants again."""
    told = read.member(payload, "check_suite")
    if payload.get("action") != "rerequested":
        return 202, "This event is of no interest here."
    return _again(payload, told, delivery_id, None)


def _again(payload: dict[str, Any], told: dict[str, Any], delivery_id: str, external_id: str | None) -> Reply:
    app = credentials()
    if app is None or not app.is_ours(told.get("app")):
        return 202, "These checks are not of this App."
    wanted = Wanted(
        repository_id=read.number(read.member(payload, "repository"), "id", "repository.id"),
        commit_id=read.text(told, "head_sha", "head_sha", 40),
        external_id=external_id,
        sender_id=read.number(read.member(payload, "sender"), "id", "sender.id"),
    )
    return 202, rerequest(wanted=wanted, delivery_id=delivery_id, at=now())
