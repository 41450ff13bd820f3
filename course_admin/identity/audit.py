"""How this app's tables are audited: accounts and what proves them decide who gets in, and as what."""

from course_admin.courses.audit import AUDITED, Audited
from course_admin.courses.models import AuditKind
from course_admin.identity.models import IdentityKind, ProvenIdentity, User

#: What an identity is called in the log, which is kept in English and worded for its readers (audit_log/stored_words.py).
CALLED = {
    IdentityKind.GITHUB: "GitHub account {label} of {account}",
    IdentityKind.OIDC: "university account (OpenID Connect) {label} of {account}",
    IdentityKind.SAML: "university account (SAML) {label} of {account}",
    IdentityKind.LTI: "account in a learning platform (LTI) {label} of {account}",
    IdentityKind.EMAIL: "e-mail address {label} of {account}",
}


def register() -> None:
    """Add this app's tables to the audited ones."""
    AUDITED[User] = Audited(
        AuditKind.ACCESS,
        lambda row: f"account {row}",
        {
            "password": "a digest of a secret; when it was set is on record",
            "last_login": "written at each log-in, and decides nothing",
            "date_joined": "never changes",
            "language": "a person's own, and decides nothing but the words of their pages and mails",
        },
    )
    AUDITED[ProvenIdentity] = Audited(
        AuditKind.ACCESS,
        lambda row: CALLED[IdentityKind(row.kind)].format(label=row.label or row.subject, account=row.account),
        {
            "proven_at": "written at each log-in, and decides nothing",
            "label": "what it is called; the subject is what counts",
        },
    )
