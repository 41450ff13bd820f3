"""What the service does about webhooks that never came: it asks the host itself which commits the branches hold.

A tip that no push announced is noted, and if none does within a minute it becomes one, under the same rules; and the first
answer after a due time is kept as a snapshot. The host's own number of a push is not known here, so that its place is
taken by one made of repository, branch, commit and time; the repository's row is held, so that an announcement and a
question at the same moment make one graded push.
"""

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from course_admin.assignments.deadlines import DeadlineBook
from course_admin.assignments.models import Assignment
from course_admin.submissions.intake.announcements.announcement import Announcement, Found
from course_admin.submissions.intake.attempts import BRANCH
from course_admin.submissions.intake.branch import CLOCKS_DIFFER, Branch
from course_admin.submissions.intake.due_repositories import due_repositories, has_come
from course_admin.submissions.intake.ingest import receive
from course_admin.submissions.models import Push, PushWait, Repository, Snapshot, UnannouncedTip
from course_admin.submissions.models.push import FOUND
from grader.errors import GraderError
from grader.sanitize import clean

log = logging.getLogger(__name__)

MOST_BRANCHES = 20  # of those that are not graded
FAILURES_IN_A_ROW = 5  # then the host is away, and no worker waits for it any longer
SENTENCE_BYTES = 500

#: From a repository and branches to the commit of each branch that is there.
Ask = Callable[[Repository, Sequence[str]], Mapping[str, str]]


def poll(*, ask: Ask, at_once: int, now: Callable[[], datetime]) -> int:
    """Ask the hosts of at most `at_once` repositories, one after the other; return how many answered.

    A host that does not answer changes nothing but its turn: one line of the log says so, and the others are asked.
    """
    answered, in_a_row, failures = 0, 0, []
    for repository in due_repositories(at_once=at_once, at=now()):
        try:
            answered += look(repository=repository, ask=ask, at=now())
            in_a_row = 0
        except (GraderError, OSError) as problem:
            failures.append(f"{repository}: {clean(str(problem), SENTENCE_BYTES, 1)}")
            in_a_row += 1
        if in_a_row == FAILURES_IN_A_ROW:
            break
    if failures:
        log.warning("Of the repositories that were asked, %s did not answer, first %s", len(failures), failures[0])
    return answered


def look(*, repository: Repository, ask: Ask, at: datetime) -> bool:
    """Ask one repository's host, note what no push announced, and take the snapshots that are due.

    at: before the question, so that what is not in the answer came later. Returns False, and takes nothing, if another
    process has asked it meanwhile, even if that one still waits: its answer is the newer one. Raises what `ask` raises;
    then it is asked again when its turn comes.
    """
    mine = Repository.objects.filter(pk=repository.pk, asked_at=repository.asked_at)
    if not mine.update(asked_at=at, is_in_doubt=False):
        return False
    of_course = Assignment.objects.filter(course=repository.course_id, is_draft=False)
    assignments = [each for each in of_course if repository.is_for(each) and each.is_released(at)]
    tips = ask(
        repository, sorted({repository.branch_for(each) for each in assignments} | _waiting_branches(repository, at))
    )
    with transaction.atomic():
        held = (
            Repository.objects.select_for_update(of=("self",)).select_related("course", "student").get(pk=repository.pk)
        )
        if held.asked_at != at:
            return False
        for branch, commit_id in tips.items():
            _note_unannounced(held, branch, commit_id, at)
        _take_snapshots(held, assignments, tips, at)
        held.answered_at = at
        held.save(update_fields=["answered_at"])
    return True


def _waiting_branches(repository: Repository, at: datetime) -> set[str]:
    """Return the branches of which pushes wait to be graded: once a rule is corrected, what was lost of them counts as well."""
    waiting = Push.objects.not_graded_yet(at).filter(repository=repository, waits_for=PushWait.BRANCH)
    return {ref.removeprefix(BRANCH) for ref in waiting.values_list("ref", flat=True).distinct()[:MOST_BRANCHES]}


def _note_unannounced(repository: Repository, branch: str, commit_id: str, at: datetime) -> None:
    """Note the tip of a branch, unless a push announced it, or one that arrived meanwhile makes it old.

    Nobody knows when it came. It counts from the last time when it was not there yet: the host's previous answer, or
    the newest push of the branch, whichever is later. That is never after it came, so that a webhook lost on our side
    costs nobody a late minute. Where the host never answered before it counts from now, or from its own time of the last push, if
    the repository was found by that.
    """
    ref = f"{BRANCH}{branch}"
    known = Branch(Push.objects.to_branch(repository, ref).newest_updates())
    if _is_old(known, commit_id, at):
        return
    received_at = min(repository.pushed_at or at, at)
    if repository.answered_at:
        pushed_at = known.newest.received_at if known.newest else repository.answered_at
        received_at = max(repository.answered_at, pushed_at)
    defaults = {"seen_at": at, "received_at": received_at}
    UnannouncedTip.objects.get_or_create(repository=repository, ref=ref, commit_id=commit_id, defaults=defaults)


def _is_old(known: Branch, commit_id: str, seen_at: datetime) -> bool:
    """Say whether a commit that a branch held is known to be there, or something newer is.

    A host writes when a push came in whole seconds, by its own clock: one that led away from the commit, as it seems a moment
    before the question, most likely came a moment after it. If somebody went back to the commit, the next question finds it.
    """
    if known.newest is None or known.may_hold(commit_id):
        return known.newest is not None
    ahead = CLOCKS_DIFFER if known.was_left(commit_id) else timedelta()
    return known.newest.arrived_at + ahead > seen_at


def take_seen(*, at: datetime) -> int:
    """Receive as pushes the commits that were seen a while ago and that no push has announced since; return how many.

    What a host tells of first is most often announced a moment later, with who pushed it: then it is no student's push
    if staff or a program did.
    """
    return sum(_take(tip, at) for tip in UnannouncedTip.objects.overdue(at))


def _take(tip: UnannouncedTip, at: datetime) -> bool:
    with transaction.atomic():
        repository = Repository.objects.select_for_update().get(pk=tip.repository_id)
        if not UnannouncedTip.objects.filter(pk=tip.pk).delete()[0]:
            return False  # another process was faster
        known = Branch(Push.objects.to_branch(repository, tip.ref).newest_updates())
        if _is_old(known, tip.commit_id, tip.seen_at):
            return False
        found = Found(received_at=tip.received_at, asked_at=tip.seen_at)
        push = receive(announcement=_announcement(tip, repository), at=at, found=found).push
    log.info(
        "The push of %s to %s was found by asking its host: %s", push.commit_id, repository, push.reason or "taken"
    )
    return True


def _announcement(tip: UnannouncedTip, repository: Repository) -> Announcement:
    """Return what is known of a push that was found; who pushed is not."""
    seen = f"{tip.commit_id} {tip.ref} {tip.seen_at.isoformat()} {repository.pk}"
    return Announcement(
        delivery_id=f"{FOUND}{repository.host_id}-{hashlib.sha256(seen.encode()).hexdigest()[:32]}",
        repository_id=repository.host_id,
        full_name=repository.full_name,
        default_branch=repository.default_branch,
        ref=tip.ref,
        before_id="",
        commit_id=tip.commit_id,
        is_forced=False,
        is_deletion=False,
        sender_login="",
        sender_is_bot=False,
        forge=repository.forge,
    )


def _take_snapshots(
    repository: Repository, assignments: Sequence[Assignment], tips: Mapping[str, str], at: datetime
) -> None:
    """Keep what the host said about each assignment that came due for its student and has no snapshot of it yet."""
    book = DeadlineBook(repository.course, repository.student)
    for assignment in assignments:
        due_at = book.terms(repository.student, assignment).extended_due_at
        if has_come(due_at, at):
            held = {"commit_id": tips.get(repository.branch_for(assignment), ""), "taken_at": at}
            Snapshot.objects.get_or_create(repository=repository, assignment=assignment, due_at=due_at, defaults=held)
