"""From an announced push to an attempt: whose repository, which assignments, stored code, a queued run.

`receive` runs while the host waits for its answer and touches the database only. `ingest` fetches the code afterwards
and may be called again for the same push, at any time and by several processes at once: a push becomes one attempt of
each assignment that it serves, or none and a sentence that says why.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_noop

from course_admin.assignments.suites.expectation import expectation_of
from course_admin.courses.models import Enrollment
from course_admin.submissions.intake.announcements import late, same_second
from course_admin.submissions.intake.announcements.announcement import Announcement, Found
from course_admin.submissions.intake.attempts import BRANCH, graded_branch_names, make_attempts, served_by
from course_admin.submissions.intake.ownership.owner import Owner, moved_on, owner_of, record_move
from course_admin.submissions.models import Attempt, Push, PushState, PushWait, Repository
from course_admin.task_sender import INGEST, send_on_commit
from grader.errors import CommitGone, GraderError, SourceError
from grader.sanitize import clean
from grader.source import Tree, pack_archive
from grader.transport.archives import FolderArchives

log = logging.getLogger(__name__)

PAUSE_SECONDS = 15  # after a first failed fetch; doubled after each further one
GONE_TRIES = 4  # of a commit that its host does not have: within two minutes
FETCH_SECONDS = 75  # longer than a fetch may take: then its worker has died
EARLY_SECONDS = 5  # so far two machines' times may differ, and a message is not too early
NOTE_BYTES = 1_000
RESENT_AT_ONCE = 100
#: Why a push is none that is graded: stored with it in English, and worded anew for each reader.
DELETED = gettext_noop("The branch was deleted, so there is nothing to grade.")
NO_BRANCH = gettext_noop("Only pushes to a branch are graded; this one was to {ref}.")
BY_A_PROGRAM = gettext_noop("It was pushed by a program, as starter code is, and not by a person.")
LEFT = gettext_noop("{name} is no longer in the course.")
NOBODYS = gettext_noop("Nobody has said yet whose this repository is.")
NO_GRADED_BRANCH = gettext_noop("Graded branches of this repository: none; this push went to {branch}.")
OTHER_BRANCH = gettext_noop("Graded branches of this repository: {branches}; this push went to {branch}.")
BY_STAFF = gettext_noop("It was pushed by the course's staff; a student's push, or a regrade, is graded.")
REASONS = (DELETED, NO_BRANCH, BY_A_PROGRAM, LEFT, NOBODYS, NO_GRADED_BRANCH, OTHER_BRANCH, BY_STAFF)
NEVER_ENDED = "Each time its code was fetched the worker ended, or failed, before it said why. Its log may."

Fetch = Callable[[Push], Tree]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was done with an announcement."""

    push: Push
    is_new: bool


def receive(*, announcement: Announcement, at: datetime, found: Found | None = None) -> Receipt:
    """Store a push, once per delivery, and ask for its code to be fetched; found: if it does not count from now.

    Raises UnknownRepository, and then nothing is stored. A delivery that is announced again has no second effect, and one
    that was found by asking before is not graded; if the first could not be worked off, it is tried again now.
    """
    try:
        with transaction.atomic():
            return _receive(announcement, at, found)
    except IntegrityError:  # the same delivery, at the same moment
        same = Push.objects.filter(delivery_id=announcement.delivery_id).first()
        if same is None:
            raise
        return Receipt(same, is_new=False)


def _receive(announcement: Announcement, at: datetime, found: Found | None) -> Receipt:
    known = Push.objects.filter(delivery_id=announcement.delivery_id).first()
    if known is not None:
        return Receipt(_try_again(known, at), is_new=False)
    repository = _repository(announcement, at)
    told = Push.objects.to_branch(repository, announcement.ref).newest_updates()
    counts, heard_at = found or Found(announcement.counts_from(at), None), announcement.heard_at or at
    same, reason = None, ""
    if counts.asked_at is None:
        if twin := late.announced_by_another_hook(announcement, repository, told, heard_at):
            late.doubt_what_is_newest(announcement, repository, told)
            return Receipt(_try_again(twin, at), is_new=False)
        same, reason = late.came_late(announcement, repository, told, counts.received_at, heard_at)
    waits_for = PushWait.NOTHING
    if not reason:
        reason, waits_for = reason_to_ignore(announcement, repository)
    push = _store(announcement, repository, (reason, waits_for), counts, at)
    same_second.place(push, told)
    if same:
        late.count_from(push=same, moment=counts.received_at, at=at)
        _try_again(same, at)
    if reason == late.OVERTAKEN:
        late.doubt(repository)
    if not reason:
        send_on_commit(INGEST, {"push_id": push.pk})
    return Receipt(push, is_new=True)


def _store(
    announcement: Announcement, repository: Repository, ignored: tuple[str, PushWait], found: Found, at: datetime
) -> Push:
    reason, waits_for = ignored
    return Push.objects.create(
        delivery_id=announcement.delivery_id,
        repository=repository,
        ref=announcement.ref,
        before_id=announcement.before_id,
        commit_id=announcement.commit_id,
        forced=announcement.is_forced,
        sender_login=announcement.sender_login,
        sender_id=announcement.sender_id,
        received_at=found.received_at,
        pushed_at=announcement.hosts_time(at) if found.asked_at is None else None,
        found_at=found.asked_at,
        next_try_at=at,
        state=PushState.IGNORED if reason else PushState.RECEIVED,
        reason=reason,
        waits_for=waits_for,
    )


def _try_again(push: Push, at: datetime) -> Push:
    """Give a push that got stuck its tries back; leave any other as it is."""
    if push.state == PushState.NEEDS_ATTENTION:
        Push.objects.filter(pk=push.pk, state=PushState.NEEDS_ATTENTION).update(
            state=PushState.RECEIVED, reason="", tries=0, next_try_at=at
        )
        push.refresh_from_db()
    if push.state == PushState.RECEIVED:
        send_on_commit(INGEST, {"push_id": push.pk})
    return push


def retry(*, push: Push, at: datetime) -> Push:
    """Fetch a push again that needed attention; for staff."""
    with transaction.atomic():
        return _try_again(push, at)


def take_in(*, push: Push, at: datetime, is_asked_for: bool = False) -> None:
    """Fetch a push again whatever became of it, for staff; is_asked_for: to be graded whatever the rules say of it."""
    push.state, push.reason, push.waits_for, push.tries, push.next_try_at = PushState.RECEIVED, "", "", 0, at
    push.is_asked_for = push.is_asked_for or is_asked_for
    push.save(update_fields=["state", "reason", "waits_for", "tries", "next_try_at", "is_asked_for"])
    send_on_commit(INGEST, {"push_id": push.pk})


def _repository(announcement: Announcement, at: datetime) -> Repository:
    """Return the repository bound to the host's number, held, or bind it by its name. Raises UnknownRepository."""
    held = Repository.objects.select_for_update(of=("self",)).select_related("student")
    current = {"full_name": announcement.full_name, "default_branch": announcement.default_branch}
    told = {"forge": announcement.forge, "host_id": announcement.repository_id}
    repository = held.filter(**told).first()
    if repository is None:
        owner = owner_of(announcement, at)
        repository, _ = Repository.objects.get_or_create(**told, defaults={**current, **_bound(owner, announcement)})
    elif (other := moved_on(repository, announcement, at)) is not None:
        record_move(repository, other, at)
        Repository.objects.filter(pk=repository.pk).update(**current, **_bound(other, announcement))
        repository = Repository.objects.select_related("student").get(pk=repository.pk)
    elif (repository.full_name, repository.default_branch) != tuple(current.values()):
        Repository.objects.filter(pk=repository.pk).update(**current)
        repository.refresh_from_db()
    return repository


def _bound(owner: Owner, announcement: Announcement) -> dict[str, Any]:
    student = owner.student
    names = {"bound_name": announcement.full_name, "bound_login": owner.login.lower()}
    return {"course": student.course, "student": student, **names}


def reason_to_ignore(announcement: Announcement, repository: Repository) -> tuple[str, PushWait]:
    """Return why a push is not graded, as a sentence for its student, and what could change that; empty if it is."""
    if announcement.is_deletion:
        return DELETED, PushWait.NOTHING
    if not announcement.ref.startswith(BRANCH):
        return NO_BRANCH.format(ref=announcement.ref), PushWait.NOTHING
    if announcement.sender_is_bot:
        return BY_A_PROGRAM, PushWait.NOTHING
    return reason_by_roster(repository, announcement.ref, announcement.sender_login)


def reason_by_roster(repository: Repository, ref: str, sender_login: str) -> tuple[str, PushWait]:
    """Return why a push to a branch is not graded as roster and assignments are, and what it waits for, if anything."""
    if repository.is_nobodys:
        return NOBODYS, PushWait.STUDENT
    if not repository.student.is_active:
        return LEFT.format(name=repository.student.name), PushWait.STUDENT
    branches = graded_branch_names(repository)
    if ref.removeprefix(BRANCH) not in branches:
        sentence = OTHER_BRANCH if branches else NO_GRADED_BRANCH
        sentence = sentence.format(branches=", ".join(sorted(branches)), branch=ref.removeprefix(BRANCH))
        return sentence, PushWait.BRANCH
    staff = Enrollment.objects.active().staff().filter(course=repository.course_id)
    is_own = sender_login.casefold() == repository.student.github_login.casefold()  # a TA who is a student
    if sender_login and not is_own and staff.filter(github_login__iexact=sender_login).exists():
        return BY_STAFF, PushWait.NOTHING
    return "", PushWait.NOTHING


def ingest(
    *, push: Push, fetch: Fetch, archives: FolderArchives, at: datetime, seed: int | None = None
) -> list[Attempt]:
    """Fetch a push's code and make its attempts, each with a queued run; return the new ones.

    A tree that cannot be graded becomes an attempt with a refusal. A fetch that fails for another reason, whatever it is,
    is ours: it is tried again later, and after the last try shown to staff.
    """
    if not _begin(push, at):
        return []
    refusals: dict[int, str] = {}
    try:
        tree = fetch(push)
        stored = _stored(tree, archives)
        refusals = {each.pk: clean(expectation_of(each).refusal(tree), NOTE_BYTES) for each in served_by(push)}
    except CommitGone as problem:  # hosts announce some commits a moment before they serve them
        if _is_perhaps_there_later(push):
            _postpone(push, problem, at)
            return []
        stored = {"refusal": clean(str(problem), NOTE_BYTES)}
    except SourceError as problem:
        stored = {"refusal": clean(str(problem), NOTE_BYTES)}
    except Exception as problem:
        _postpone(push, problem, at)
        return []
    return make_attempts(push=push, stored=stored, refusals=refusals, seed=seed, at=at)


def _is_perhaps_there_later(push: Push) -> bool:
    """Say whether a commit that its host does not have is asked for once more."""
    tries = Push.objects.values_list("tries", flat=True).get(pk=push.pk)
    return tries < min(GONE_TRIES, settings.ASSAY_FETCH_TRIES)


def _stored(tree: Tree, archives: FolderArchives) -> dict[str, Any]:
    """Store a tree, and return what attempts say of it."""
    data = pack_archive(tree)
    return {
        "tree_digest": tree.digest,
        "archive_sha256": archives.put(data),
        "archive_bytes": len(data),
        "notes": [clean(note, NOTE_BYTES) for note in tree.notes()],
    }


def _begin(push: Push, at: datetime) -> bool:
    """Count a try before it is made, so that one which its worker does not survive counts as well; False if none is left.

    A push of which several messages wait, as they do while a host is silent, is fetched by one worker at a time, and again only
    when its pause is over.
    """
    waiting = Push.objects.filter(pk=push.pk, state=PushState.RECEIVED)
    due = waiting.filter(next_try_at__lte=at + timedelta(seconds=EARLY_SECONDS))
    left = due.filter(tries__lt=settings.ASSAY_FETCH_TRIES)
    if left.update(tries=F("tries") + 1, next_try_at=at + timedelta(seconds=FETCH_SECONDS)):
        return True
    if waiting.filter(next_try_at__lte=at).update(state=PushState.NEEDS_ATTENTION, reason=NEVER_ENDED):
        log.error("The code of push %s was not fetched: %s", push.pk, NEVER_ENDED)
    return False


def _postpone(push: Push, problem: Exception, at: datetime) -> None:
    """Note why a try failed, and when the next one is due; after the last it is shown to staff."""
    is_foreseen = isinstance(problem, GraderError | OSError)
    sentence = clean(f"{problem}" if is_foreseen else f"{type(problem).__name__}: {problem}", NOTE_BYTES)
    tries = Push.objects.values_list("tries", flat=True).get(pk=push.pk)
    again = tries < settings.ASSAY_FETCH_TRIES
    Push.objects.filter(pk=push.pk, state=PushState.RECEIVED).update(
        state=PushState.RECEIVED if again else PushState.NEEDS_ATTENTION,
        reason=sentence or type(problem).__name__,
        next_try_at=at + timedelta(seconds=PAUSE_SECONDS * 2 ** (tries - 1)),
    )
    level = logging.INFO if again and is_foreseen else logging.ERROR
    traceback = None if is_foreseen else problem
    log.log(level, "The code of push %s was not fetched: %s", push.pk, sentence, exc_info=traceback)


def resend(*, at: datetime) -> int:
    """Ask again for every push whose code should have been fetched by now; return how many.

    A push is asked for again only after a pause, since its first message is most likely still being worked off; and
    then after another one, so that a queue that is long is not made longer at each tick.
    """
    late = list(
        Push.objects.waiting(at - timedelta(seconds=PAUSE_SECONDS)).values_list("pk", flat=True)[:RESENT_AT_ONCE]
    )
    Push.objects.filter(pk__in=late, state=PushState.RECEIVED).update(next_try_at=at)
    for push_id in late:
        send_on_commit(INGEST, {"push_id": push_id})
    return len(late)
