"""What staff do with failures that look alike: answer them at once, split them, merge them. Each keeps a cluster as it was left.

An answer is about a mistake and names nobody: it reaches whoever has the mistake now or makes it later, whoever teaches them.
Each is one transaction with its line in the audit log.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from course_admin.assignments.models import Assignment
from course_admin.courses.audit import delete_audited, save_audited
from course_admin.identity.models import User
from course_admin.policy import Action, require
from course_admin.review.clusters.meeting import note_everybody
from course_admin.review.clusters.overview import Seen
from course_admin.review.models import ANSWER_CHARACTERS, TITLE_CHARACTERS, Cluster, Met
from course_admin.review.services import NotToSay


def answer(*, assignment: Assignment, seen: Seen, title: str, text: str, actor: User, at: datetime) -> Cluster:
    """Let everybody in a cluster read an answer. Raises NotToSay, or Refused."""
    require(actor, Action.ANSWER_FAILURES, assignment)
    text, title = text.strip(), title.strip() or seen.title
    if not text:
        raise NotToSay(gettext("The answer is empty; write what would have helped you."))
    if len(text) > ANSWER_CHARACTERS:
        raise NotToSay(
            gettext("The answer has {characters} characters; {most} fit.").format(
                characters=len(text), most=ANSWER_CHARACTERS
            )
        )
    with transaction.atomic():
        cluster = _kept(assignment, seen)
        cluster.title, cluster.answer, cluster.author, cluster.answered_at = title[:TITLE_CHARACTERS], text, actor, at
        return _save(cluster, actor, at)


def withdraw(*, cluster: Cluster, actor: User, at: datetime) -> None:
    """Take an answer back: nobody reads it any more, and the audit log keeps it."""
    require(actor, Action.ANSWER_FAILURES, cluster)
    cluster.answer, cluster.author, cluster.answered_at = "", None, None
    save_audited(thing=cluster, actor=actor, at=at, reason="")


def split(*, assignment: Assignment, seen: Seen, chosen: Collection[str], actor: User, at: datetime) -> Cluster:
    """Make a cluster of its own of some signatures of one, given by digest; return it. Raises NotToSay, or Refused."""
    require(actor, Action.ANSWER_FAILURES, assignment)
    mine = [each for each in seen.signatures if each.digest in chosen]
    if not mine or len(mine) == len({each.digest for each in seen.signatures}):
        raise NotToSay(
            gettext("Choose some of the ways to fail, and not all of them: they become a cluster of their own.")
        )
    taken = {each.digest for each in mine}
    with transaction.atomic():
        rest = _kept(assignment, seen)
        parts = [[digest for digest in part if digest not in taken] for part in rest.parts]
        rest.parts = [part for part in parts if part]
        _save(rest, actor, at)
        title = f"{rest.title} (split off)"[-TITLE_CHARACTERS:]
        return _save(Cluster(assignment=assignment, title=title, parts=[sorted(taken)]), actor, at)


def merge(*, assignment: Assignment, seen: Seen, other: Seen, actor: User, at: datetime) -> Cluster:
    """Make one cluster of two; the first keeps its title, and both answers are kept. Raises NotToSay, or Refused."""
    require(actor, Action.ANSWER_FAILURES, assignment)
    if seen.key == other.key:
        raise NotToSay(gettext("A cluster cannot be merged with itself; choose another."))
    with transaction.atomic():
        one, two = _kept(assignment, seen), _kept(assignment, other)
        one.parts = [*one.parts, *(part for part in two.parts if part not in one.parts)]
        text = "\n\n".join(dict.fromkeys(each.answer for each in (one, two) if each.answer))
        if len(text) > ANSWER_CHARACTERS:
            raise NotToSay(
                gettext("Both answers together have {characters} characters; {most} fit. Shorten one.").format(
                    characters=len(text), most=ANSWER_CHARACTERS
                )
            )
        if text:
            one.answer, one.author = text, one.author or two.author
            one.answered_at = one.answered_at or two.answered_at
        _save(one, actor, at)
        if two.pk:
            known = Met.objects.filter(cluster=one).values("student")
            Met.objects.filter(cluster=two).exclude(student__in=list(known.values_list("student", flat=True))).update(
                cluster=one
            )
            delete_audited(thing=two, actor=actor, at=at, reason=f"merged into {one}")
    return one


def _kept(assignment: Assignment, seen: Seen) -> Cluster:
    """Return the row of a cluster, not stored yet if nobody touched it before."""
    if seen.kept is not None:
        return seen.kept
    parts = [[each.digest for each in seen.signatures]]
    return Cluster(assignment=assignment, title=seen.title[:TITLE_CHARACTERS], parts=parts)


def _save(cluster: Cluster, actor: User, at: datetime) -> Cluster:
    save_audited(thing=cluster, actor=actor, at=at, reason="")
    note_everybody(cluster.assignment, [cluster], at)
    return cluster
