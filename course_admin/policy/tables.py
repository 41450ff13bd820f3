"""The back office: what who leads a course may do with the rows of that course, and administrators with all.

A permission of Django's, which an administrator gives, lets somebody look at a table, whatever the course, and do nothing
else there. Whoever leads one course acts in that course, even if such a permission shows them others.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext

from course_admin.courses.models import Enrollment, Role
from course_admin.policy.actions import Action
from course_admin.policy.decide import OWN, are_own, is_own, may, require
from course_admin.policy.refused import Refused
from course_admin.policy.standing import LEADING_ROLES, Standing, standing_of
from course_admin.policy.subjects import course_id_of, subject_of


class Right(StrEnum):
    """What can be done with a table's rows."""

    VIEW = "view"
    ADD = "add"
    CHANGE = "change"
    DELETE = "delete"
    OPERATE = "operate"  # the actions of its page


EVERYTHING = frozenset({Right.VIEW, Right.ADD, Right.CHANGE, Right.DELETE})
LOOK = frozenset({Right.VIEW})
OPERATE = frozenset({Right.VIEW, Right.OPERATE})


@dataclass(frozen=True, slots=True)
class Rights:
    """Of one table: what leaders may do with their courses' rows, and administrators with all."""

    leaders: frozenset[Right]
    administrators: frozenset[Right]


#: Label of a table -> who may do what with it. A table that is not here has no page.
RIGHTS: dict[str, Rights] = {
    "courses.course": Rights(frozenset({Right.VIEW, Right.CHANGE}), EVERYTHING),
    "courses.section": Rights(EVERYTHING, EVERYTHING),
    "courses.enrollment": Rights(EVERYTHING - {Right.DELETE} | {Right.OPERATE}, EVERYTHING | {Right.OPERATE}),
    "courses.student": Rights(EVERYTHING - {Right.DELETE} | {Right.OPERATE}, EVERYTHING | {Right.OPERATE}),
    "courses.otheremail": Rights(EVERYTHING, EVERYTHING),
    "courses.group": Rights(EVERYTHING, EVERYTHING),
    "courses.groupmembership": Rights(EVERYTHING, EVERYTHING),
    "courses.accommodation": Rights(EVERYTHING, EVERYTHING),
    "courses.auditevent": Rights(LOOK, LOOK),
    "assignments.suiteversion": Rights(
        frozenset({Right.VIEW, Right.ADD, Right.OPERATE}),
        frozenset({Right.VIEW, Right.ADD, Right.DELETE, Right.OPERATE}),
    ),
    "assignments.assignment": Rights(EVERYTHING, EVERYTHING),
    "assignments.sectionduetime": Rights(EVERYTHING, EVERYTHING),
    "assignments.extension": Rights(EVERYTHING, EVERYTHING),
    "submissions.repository": Rights(LOOK, LOOK),
    "submissions.push": Rights(OPERATE, OPERATE),
    "submissions.upload": Rights(LOOK, LOOK),
    "submissions.parkedpush": Rights(LOOK, LOOK),
    "submissions.snapshot": Rights(LOOK, LOOK),
    "submissions.attempt": Rights(OPERATE, OPERATE),
    "submissions.run": Rights(OPERATE, OPERATE),
    "submissions.check": Rights(LOOK, LOOK),
    "review.comment": Rights(LOOK, LOOK),
    "gradebook.override": Rights(EVERYTHING, EVERYTHING),
    "gradebook.choice": Rights(LOOK, LOOK),
    "outbox.gradedelivery": Rights(OPERATE, OPERATE),
    "canvas.canvascourse": Rights(OPERATE, EVERYTHING | {Right.OPERATE}),
    "canvas.canvasassignment": Rights(EVERYTHING, EVERYTHING),
    "canvas.canvasstudent": Rights(EVERYTHING, EVERYTHING),
    "lti.platform": Rights(frozenset(), EVERYTHING),
    "lti.lticourse": Rights(OPERATE, OPERATE | {Right.CHANGE, Right.DELETE}),
    "lti.ltiassignment": Rights(LOOK | {Right.DELETE}, LOOK | {Right.DELETE}),
    "identity.user": Rights(frozenset(), EVERYTHING - {Right.DELETE}),
    "identity.provenidentity": Rights(frozenset(), frozenset({Right.VIEW, Right.DELETE})),
}
NONE = Rights(frozenset(), frozenset())

#: Tables whose rows decide about somebody's grade or time: whoever they are about looks at them and does nothing else.
OF_GRADES = frozenset(
    {
        "courses.enrollment",  # a student's: section and login decide about due times, and about whose a push is
        "courses.student",
        "courses.group",
        "courses.groupmembership",
        "courses.accommodation",
        "assignments.extension",
        "submissions.push",
        "submissions.attempt",
        "submissions.run",
        "gradebook.override",
        "outbox.gradedelivery",  # to send one again may take the place of what somebody gave in the learning platform
    }
)

#: Fields that fewer people may fill in or change than their row: label of the table, name -> the action that it is.
FIELDS: dict[tuple[str, str], Action] = {
    ("courses.course", "queue_weight"): Action.GIVE_QUEUE_SHARE,
    ("courses.course", "repository_prefix"): Action.NAME_REPOSITORIES,
    ("courses.enrollment", "account"): Action.LINK_ACCOUNT,
    ("courses.student", "account"): Action.LINK_ACCOUNT,
}


def may_in_table(actor: Any, right: Right, thing: Model | type[Model]) -> bool:
    """Say whether somebody may do something with a row; of a table, whether with any row of it."""
    me = standing_of(actor)
    model = thing if isinstance(thing, type) else thing._meta.model
    rights = rights_of(model)
    if right is not Right.VIEW and not isinstance(thing, type) and _is_about(me, thing):
        return False
    if me.is_administrator:
        return right in rights.administrators
    if right is Right.VIEW and _may_look(me, model):
        return True
    return right in rights.leaders and _leads_where(me, model, None if isinstance(thing, type) else thing)


def require_in_table(actor: Any, right: Right, thing: Model) -> None:
    """Raise Refused unless somebody may do something with a row. Nobody, a command of an operator's, may."""
    if actor is not None and not may_in_table(actor, right, thing):
        if right is not Right.VIEW and _is_about(standing_of(actor), thing):
            raise Refused(str(OWN))
        name = thing._meta.verbose_name
        raise Refused(
            gettext(
                "You may not {right} this {name}: it belongs to a course that you do not lead, or to no course."
            ).format(right=right, name=name)
        )


def rows_in_table(actor: Any, right: Right, rows: QuerySet) -> QuerySet:
    """Return the rows with which somebody may do something."""
    me, model = standing_of(actor), rows.model
    rights = rights_of(model)
    if right is not Right.VIEW and me.places and model._meta.label_lower in OF_GRADES:
        rows = rows.exclude(_are_about(me, model))
    if me.is_administrator:
        return rows if right in rights.administrators else rows.none()
    if right is Right.VIEW and _may_look(me, model):
        return rows
    if right not in rights.leaders:
        return rows.none()
    path = subject_of(model).course
    led = me.courses_as(*LEADING_ROLES)
    if path is None:
        return rows if led else rows.none()
    return rows.filter(**{f"{path or 'pk'}__in": led})


def closed_fields(actor: Any, model: type[Model], thing: Model | None) -> list[str]:
    """Return the fields of a table, or of a row of it, that somebody may not fill in or change."""
    guarded = {name: action for (label, name), action in FIELDS.items() if label == model._meta.label_lower}
    row = thing if thing is not None else model()
    return [name for name, action in guarded.items() if not may(actor, action, row)]


def require_fields(actor: Any, row: Model, stored: Model | None) -> None:
    """Raise Refused if a row has a field filled in or changed that somebody may not."""
    for (label, name), action in FIELDS.items():
        if actor is None or label != row._meta.label_lower:
            continue
        field: Any = row._meta.get_field(name)
        before = getattr(stored, field.attname) if stored is not None else field.get_default()
        if getattr(row, field.attname) != before:
            require(actor, action, row)


def rights_of(model: type[Model]) -> Rights:
    """Return who may do what with a table."""
    return RIGHTS.get(model._meta.label_lower, NONE)


def _is_about(me: Standing, thing: Model) -> bool:
    """Say whether a row decides about somebody's own grade or time; that somebody is staff decides about no grade of theirs."""
    if thing._meta.label_lower not in OF_GRADES or (isinstance(thing, Enrollment) and not thing.is_student):
        return False
    return is_own(me, thing)


def _are_about(me: Standing, model: type[Model]) -> Q:
    """Return the condition that a row decides about somebody's own grade or time."""
    is_students = Q(role=Role.STUDENT) if issubclass(model, Enrollment) else Q()
    return are_own(me, model) & is_students


def _may_look(me: Standing, model: type[Model]) -> bool:
    return me.has_permission(f"{model._meta.app_label}.view_{model._meta.model_name}")


def _leads_where(me: Standing, model: type[Model], thing: Model | None) -> bool:
    """Say whether somebody leads the course of a row; of no row, or a row of no course, any course."""
    led = me.courses_as(*LEADING_ROLES)
    course = course_id_of(thing) if thing is not None else None
    is_of_no_course = thing is None or subject_of(model).course is None
    return bool(led) if is_of_no_course else course in led
