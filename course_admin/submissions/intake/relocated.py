"""What a host tells of a repository beside its pushes: what it is called now, and that it is gone.

A repository is bound by its host's number, so that another name changes nobody's work.
"""

from django.db import transaction

from course_admin.submissions.models import Push, PushState, Repository

GONE = "Its repository was deleted at its host before its code was fetched."


def note_name(*, host_id: int, full_name: str, default_branch: str) -> bool:
    """Note what a repository is called now; False if it is nobody's that we know."""
    known = Repository.objects.filter(host_id=host_id)
    known.exclude(full_name=full_name, default_branch=default_branch).update(
        full_name=full_name, default_branch=default_branch
    )
    return known.exists()


def note_deletion(*, host_id: int) -> int:
    """Show staff at once what will never be fetched of a repository that is gone; return how many pushes. Attempts stay."""
    with transaction.atomic():
        waiting = Push.objects.filter(repository__host_id=host_id, state=PushState.RECEIVED)
        return waiting.update(state=PushState.NEEDS_ATTENTION, reason=GONE)
