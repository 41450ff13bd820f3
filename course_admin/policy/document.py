"""docs/permissions.md: the rules as a table for people, made from the tables by which the service decides."""

from collections.abc import Iterator

from course_admin.policy.actions import RULES, Relation, Rule
from course_admin.policy.tables import FIELDS, OF_GRADES, RIGHTS, Right, Rights

HEAD = """# Who may see and do what

Made from `course_admin/policy/` by `manage.py permissions`; do not edit it by hand. Nobody may do what no line allows.

Roles are of active people, in the course that a thing belongs to; a role in one course means nothing in another. A TA acts
for the students of the sections that their line of the roster names (their own and those listed), or for all where its scope
says all; a TA without a section and without that scope sees nobody. An observer sees no person's results. What is of several
students, as a group's attempt is, may be seen by the staff of one of them.

Nobody decides about their own grade. Who is staff, or an administrator, and a student of the course as well does nothing of what
is marked *of others*, and only looks at what the back office marks so, where it is about themself, alone or in a group. What is
about a whole course or assignment, as holding grades and regrading everybody is, they may do.
"""
COLUMNS = {
    Relation.OWNER: "its student",
    Relation.AUTHOR: "its author",
    Relation.MEMBER: "anybody of the course",
    Relation.TA: "TA",
    Relation.HEAD_TA: "head TA",
    Relation.INSTRUCTOR: "instructor",
}
TABLES = """## The back office

Who leads a course (head TAs, instructors) may do this with its rows, administrators with all rows. Whoever has Django's
permission to view a table sees its rows whatever the course, and may do nothing else there because of it. Lines of the roster
of head TAs and instructors are changed by instructors and administrators only.
"""
CLOSED = """## Fields for fewer people
"""


def document() -> str:
    """Return the file's text."""
    return "\n".join([HEAD, *_actions(), "", TABLES, *_tables(), "", CLOSED, *_fields(), ""])


def _actions() -> Iterator[str]:
    yield "## Actions"
    yield ""
    yield f"| may | {' | '.join(COLUMNS.values())} | administrator |"
    yield f"| --- |{' --- |' * (len(COLUMNS) + 1)}"
    for rule in RULES.values():
        yield f"| {rule.words}{_given(rule)}{_of_others(rule.about_others)} | {' | '.join(_marks(rule))} |"


def _of_others(is_so: bool) -> str:
    return " *of others*" if is_so else ""


def _given(rule: Rule) -> str:
    return f" (also whoever was given `{rule.permission}`)" if rule.permission else ""


def _marks(rule: Rule) -> Iterator[str]:
    for relation in COLUMNS:
        yield "yes" if relation in rule.who else ""
    yield "yes" if rule.administrators else ""


def _tables() -> Iterator[str]:
    yield "| table | leaders | administrators |"
    yield "| --- | --- | --- |"
    for label, rights in RIGHTS.items():
        yield f"| {label}{_of_others(label in OF_GRADES)} | {_list(rights, 'leaders')} | {_list(rights, 'administrators')} |"


def _list(rights: Rights, who: str) -> str:
    held = getattr(rights, who)
    return ", ".join(right for right in Right if right in held) or "nothing"


def _fields() -> Iterator[str]:
    yield "| field | only who may |"
    yield "| --- | --- |"
    for (label, name), action in FIELDS.items():
        yield f"| {label}.{name} | {RULES[action].words} |"
