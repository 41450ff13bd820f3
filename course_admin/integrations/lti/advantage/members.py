"""Names and roles: who is in a platform's course, for the outbox, and as a file for the roster's import.

The file is read by the import like any other, which shows what would change before anything does. Source: 1EdTech Names and
Role Provisioning Services 2.0.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from course_admin.courses.roster.files.clean import CELL_CHARACTERS
from course_admin.courses.roster.files.clean import clean as cleaned
from course_admin.integrations.lti.advantage.answers import id_text
from course_admin.integrations.lti.advantage.client import PlatformClient
from course_admin.integrations.lti.roles import role_in_course
from course_admin.integrations.outbox.lms import LinkBroken, TemporaryFailure
from course_admin.integrations.outbox.match import RemotePerson

MEMBERS_SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
MEMBERS_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
PER_PAGE = 100
COLUMNS = ("name", "email", "student id", "LTI user id", "role", "status")


@dataclass(frozen=True, slots=True)
class Member:
    """One person of a platform's course; what it does not say is empty."""

    subject: str
    role: str
    is_active: bool
    name: str
    email: str
    number: str

    @property
    def person(self) -> RemotePerson:
        """Them, as the outbox looks for people."""
        return RemotePerson(self.subject, number=self.number, email=self.email)


def members(client: PlatformClient, url: str) -> Iterator[Member]:
    """Yield everybody whom a platform lists. Raises LinkBroken where it lists nobody, and LmsProblem as the client does."""
    if not url:
        raise LinkBroken(
            "The platform does not tell us who is in the course: allow names and roles there, and open it again."
        )
    url = f"{url}{'&' if '?' in url else '?'}limit={PER_PAGE}"
    for page in client.pages(url, MEMBERS_SCOPE, MEMBERS_TYPE):
        rows = page.get("members") if isinstance(page, dict) else None
        if not isinstance(rows, list):
            raise TemporaryFailure("The platform answered with something that is no list of members.")
        yield from (_member(row) for row in rows if isinstance(row, dict) and id_text(row.get("user_id")))


def _member(row: dict[str, Any]) -> Member:
    names = " ".join(filter(None, (_name(row, "given_name"), _name(row, "family_name"))))
    return Member(
        subject=id_text(row.get("user_id")),
        role=role_in_course(row.get("roles")),
        is_active=_text(row, "status") in ("", "Active"),
        name=_name(row, "name") or names,
        email=_text(row, "email"),
        number=_text(row, "lis_person_sourcedid"),
    )


def _text(row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) and len(value) <= 255 and value.isprintable() else ""


def _name(row: dict[str, Any], name: str) -> str:
    """Return a part of a name, in any script; the import reads it as it reads those of a file."""
    value = row.get(name)
    return cleaned(value[:CELL_CHARACTERS]) if isinstance(value, str) else ""


def roster_file(found: Iterable[Member]) -> str:
    """Return the members as a CSV that the roster's import reads; who is in no role that it knows is left out."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for each in found:
        if each.role:
            status = "active" if each.is_active else "inactive"
            writer.writerow((each.name or each.email, each.email, each.number, each.subject, each.role, status))
    return text.getvalue()
