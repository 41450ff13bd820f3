"""The three questions about actions. What holds of one thing and what holds of rows are the same relations, asked twice."""

from typing import Any

from django.db.models import F, Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from course_admin.courses.models import Course, Enrollment, Role
from course_admin.policy.actions import RULES, Action, Relation, Rule
from course_admin.policy.refused import Refused
from course_admin.policy.standing import Standing, standing_of
from course_admin.policy.subjects import Subject, course_id_of, of_people, people_of, subject_of

NOBODY = Q(pk__in=())
OWN = _("This is about your own grade: somebody else of the course's staff decides it.")
LEADING_ROLES = {Relation.HEAD_TA: Role.HEAD_TA, Relation.INSTRUCTOR: Role.INSTRUCTOR}


def may(actor: Any, action: Action, thing: Model) -> bool:
    """Say whether somebody may do something to a thing, which need not be stored."""
    me, rule = standing_of(actor), RULES[action]
    if rule.about_others and is_own(me, thing):
        return False
    if (rule.administrators and me.is_administrator) or (rule.permission and me.has_permission(rule.permission)):
        return True
    return any(_is(me, relation, thing) and _lets(rule, relation, thing) for relation in rule.who)


def require(actor: Any, action: Action, thing: Model) -> None:
    """Raise Refused unless somebody may do something to a thing. Nobody, a command of an operator's, may do everything."""
    if actor is not None and not may(actor, action, thing):
        raise Refused(str(OWN) if RULES[action].about_others and is_own(actor, thing) else RULES[action].refusal)


def allowed(actor: Any, action: Action, rows: QuerySet) -> Any:
    """Return the rows to which somebody may do something; the few keys of their places are in the condition.

    With them in it, the database sees how much it lets through, and large tables are read from the newest row on.
    """
    if actor is None:
        return rows
    me, rule = standing_of(actor), RULES[action]
    if rule.about_others and me.places:
        rows = rows.exclude(are_own(me, rows.model))
    if (rule.administrators and me.is_administrator) or (rule.permission and me.has_permission(rule.permission)):
        return rows
    return rows.filter(_condition(me, rule, subject_of(rows.model)))


def is_own(actor: Any, thing: Model) -> bool:
    """Say whether a row is somebody's own work, alone or with others, or says something about their grade."""
    me = standing_of(actor)
    return bool(me.places) and _is(me, Relation.OWNER, thing)


def are_own(me: Standing, model: type[Model]) -> Q:
    """Return the condition that a row of a table is somebody's own."""
    return _where(me, Relation.OWNER, subject_of(model))


def _is(me: Standing, relation: Relation, thing: Model) -> bool:
    """Say whether somebody is this to a thing."""
    subject = subject_of(thing._meta.model)
    match relation:
        case Relation.OWNER:
            return any(person.pk in me.places for person in people_of(thing))
        case Relation.AUTHOR:
            is_author = bool(subject.author) and getattr(thing, f"{subject.author}_id") == me.account_id
            return is_author and (
                me.is_administrator or any(_is(me, each, thing) for each in RULES[Action.COMMENT].who)
            )
        case Relation.MEMBER:
            return course_id_of(thing) in me.courses_as(*Role)
        case Relation.TA if subject.is_of_people:
            return any(_teaches(me, person) for person in people_of(thing))
        case Relation.TA:
            return course_id_of(thing) in me.courses_as(Role.TA)
        case _:
            return course_id_of(thing) in me.courses_as(LEADING_ROLES[relation])


def _lets(rule: Rule, relation: Relation, thing: Model) -> bool:
    """Say whether the course of a thing lets its TAs do something; everybody else is let."""
    if relation is not Relation.TA or not rule.tas_if:
        return True
    course = course_id_of(thing)
    return course is not None and Course.objects.filter(pk=course, **{rule.tas_if: True}).exists()


def _teaches(me: Standing, person: Enrollment) -> bool:
    if person.course_id in me.whole_courses or (person.section_id is not None and person.section_id in me.sections):
        return True
    others = person.other_sections.all() if me.sections and person.pk is not None else ()
    return any(each.pk in me.sections and each.course_id == person.course_id for each in others)


def _taught_by(me: Standing, path: str) -> Q:
    """Return the condition that somebody is TA of a person, in whichever of the person's sections."""
    found = Q(**{f"{path}course__in": me.whole_courses}) | Q(**{f"{path}section__in": me.sections})
    if not me.sections:
        return found
    also = Enrollment.other_sections.through.objects.filter(
        section__in=me.sections, section__course=F("enrollment__course")
    )
    return found | Q(**{f"{path}pk__in": also.values("enrollment")})


def _condition(me: Standing, rule: Rule, subject: Subject) -> Q:
    found = NOBODY
    for relation in rule.who:
        where = _where(me, relation, subject)
        if relation is Relation.TA and rule.tas_if and where != NOBODY:
            where &= Q(**{"__".join(filter(None, [subject.course, rule.tas_if])): True})
        found |= where
    return found


def _where(me: Standing, relation: Relation, subject: Subject) -> Q:
    """Return the condition that somebody is this to a row."""
    match relation:
        case Relation.OWNER:
            if not subject.is_of_people:
                return NOBODY
            return of_people(subject, lambda path: Q(**{f"{path}pk__in": me.places}))
        case Relation.AUTHOR:
            if not subject.author:
                return NOBODY
            is_mine = Q(**{subject.author: me.account_id})
            return is_mine if me.is_administrator else is_mine & _condition(me, RULES[Action.COMMENT], subject)
        case Relation.MEMBER:
            return _in_courses(subject, me.courses_as(*Role))
        case Relation.TA if subject.is_of_people:
            return of_people(subject, lambda path: _taught_by(me, path))
        case Relation.TA:
            return _in_courses(subject, me.courses_as(Role.TA))
        case _:
            return _in_courses(subject, me.courses_as(LEADING_ROLES[relation]))


def _in_courses(subject: Subject, courses: frozenset[int]) -> Q:
    return NOBODY if subject.course is None else Q(**{f"{subject.course or 'pk'}__in": courses})
