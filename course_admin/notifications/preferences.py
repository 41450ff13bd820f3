"""How often somebody wants mails, and the signed link by which they want no more without logging in."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.core import signing
from django.db import transaction

from course_admin.identity.models import User
from course_admin.notifications.models import How, Kind, Preference

DEFAULTS = {
    Kind.GRADED: How.DAILY,
    Kind.COMMENT: How.AT_ONCE,
    Kind.ANSWER: How.AT_ONCE,
    Kind.EXTENSION: How.AT_ONCE,
    Kind.RECEIPT: How.NEVER,  # each attempt's page has it
    Kind.DUE: How.AT_ONCE,
}
DIGEST_HOUR = 7  # by the course's clock
_SALT = "assay.notifications.unsubscribe"


def choices_of(kind: str) -> list[How]:
    """Return what can be chosen of a kind: what is due within a day cannot wait for tomorrow's mail."""
    return [how for how in How if kind != Kind.DUE or how != How.DAILY]


def wanted_by(accounts: Iterable[int]) -> Mapping[int, Mapping[str, str]]:
    """Return how often some people want each kind; one query."""
    found: dict[int, dict[str, str]] = {pk: {str(kind): str(how) for kind, how in DEFAULTS.items()} for pk in accounts}
    for each in Preference.objects.filter(account__in=list(found)):
        found[each.account_id][each.kind] = each.how
    return found


def set_preferences(*, account: User, wanted: Mapping[str, str]) -> None:
    """Keep how often somebody wants some kinds; what is not known is left out."""
    with transaction.atomic():
        for kind, how in wanted.items():
            if kind in Kind.values and how in choices_of(kind):
                Preference.objects.update_or_create(account=account, kind=kind, defaults={"how": how})


def mail_time(how: str, at: datetime, zone: ZoneInfo) -> datetime | None:
    """Return when a mail about something leaves that happened now; None: never."""
    if how == How.NEVER:
        return None
    if how == How.AT_ONCE:
        return at
    local = at.astimezone(zone)
    morning = local.replace(hour=DIGEST_HOUR, minute=0, second=0, microsecond=0)
    return (morning if morning > local else morning + timedelta(days=1)).astimezone(at.tzinfo)


def token_for(account: int, kinds: Iterable[str]) -> str:
    """Return what stands in the link of a mail by which its reader wants no more of some kinds."""
    return signing.dumps([account, sorted(set(kinds))], salt=_SALT, compress=True)


def read_token(token: str) -> tuple[User, list[str]] | None:
    """Return whose a link is, and the kinds; None for what we never made. It is good for as long as the account is."""
    try:
        account, kinds = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return None
    found = User.objects.filter(pk=account).first()
    return (found, [kind for kind in kinds if kind in Kind.values]) if found else None
