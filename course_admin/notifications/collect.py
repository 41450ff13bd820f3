"""Write into the ledger what happened: a row for each person, kind and thing, however often somebody looks."""

from datetime import datetime, timedelta

from course_admin.identity.models import User
from course_admin.notifications.models import Kind, News
from course_admin.notifications.preferences import mail_time, wanted_by
from course_admin.notifications.sources import SOURCES, Happened

LOOKED_BACK = timedelta(days=3)  # so long the service may be away without anybody missing anything
OVERLAP = timedelta(minutes=15)  # what was written late, by a transaction that began before


def collect(*, at: datetime) -> int:
    """Write down what happened since the last time; return how many pieces of news are new."""
    return sum(_collect(kind, at) for kind in SOURCES)


def _collect(kind: Kind, at: datetime) -> int:
    newest = News.objects.filter(kind=kind).order_by("-happened_at").values_list("happened_at", flat=True).first()
    since = max(newest - OVERLAP, at - LOOKED_BACK) if newest else at - LOOKED_BACK
    found = {(each.account_id, each.thing): each for each in SOURCES[kind](since, at)}
    told = News.objects.filter(kind=kind, account__in={account for account, _ in found})
    told = told.filter(thing__in={thing for _, thing in found}) if found else told.none()
    for key in told.values_list("account_id", "thing"):
        found.pop(key, None)
    if not found:
        return 0
    active = set(
        User.objects.filter(pk__in={account for account, _ in found}, is_active=True).values_list("pk", flat=True)
    )
    wanted = wanted_by(active)
    rows = [_row(kind, each, wanted[each.account_id][kind], at) for each in found.values() if each.account_id in active]
    News.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    return len(rows)


def _row(kind: Kind, what: Happened, how: str, at: datetime) -> News:
    return News(
        account_id=what.account_id,
        kind=kind,
        thing=what.thing,
        assignment=what.assignment,
        attempt=what.attempt,
        place=what.place,
        due_at=what.due_at,
        happened_at=what.at,
        mail_at=mail_time(how, at, what.assignment.course.zone),
    )
