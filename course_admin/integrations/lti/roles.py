"""What a platform's roles make of somebody in a course. What they are in the institution, or in its system, means nothing here.

Source: 1EdTech LTI Core 1.3, A.2.2 (roles of the institution) and A.2.3 (of a context, and their sub-roles, which are written
`membership/Instructor#TeachingAssistant`). Bare names, and those of LTI 1.1, occur.
"""

import re
from collections.abc import Iterator

TA, INSTRUCTOR, STUDENT, OBSERVER = "TA", "instructor", "student", "observer"  # as the roster's import calls them
#: Principal role -> what the import calls it; of several, the first that somebody has counts.
NAMES = {"Instructor": INSTRUCTOR, "Learner": STUDENT, "Mentor": OBSERVER}
#: Who teaches a course there, or keeps it.
TEACHES = {"Instructor", "Administrator", "ContentDeveloper"}

_OF_A_COURSE = re.compile(
    r"(?:http://purl\.imsglobal\.org/vocab/lis/v2/membership(?:#|/(?P<principal>\w+)#)|urn:lti:role:ims/lis/)?"
    r"(?P<name>\w+)",
    re.ASCII,
)


def role_in_course(roles: object) -> str:
    """Return what the roster's import calls somebody with these roles; empty for a role that it does not know."""
    if _assists(roles):
        return TA
    found = {principal for principal, _ in _of_a_course(roles)}
    return next((ours for theirs, ours in NAMES.items() if theirs in found), "")


def teaches(roles: object) -> bool:
    """Say whether somebody with these roles teaches the course there; assistants do not."""
    return not _assists(roles) and any(principal in TEACHES for principal, _ in _of_a_course(roles))


def _assists(roles: object) -> bool:
    """Say whether a role is an assistant's: many arrive as instructors, with this beside it."""
    return any(name.startswith("TeachingAssistant") or name == "Grader" for _, name in _of_a_course(roles))


def _of_a_course(roles: object) -> Iterator[tuple[str, str]]:
    """Yield the principal role and the role itself of each that means something in a course."""
    for role in roles if isinstance(roles, list) else ():
        match = _OF_A_COURSE.fullmatch(role) if isinstance(role, str) else None
        if match:
            yield match["principal"] or match["name"], match["name"]
