"""Roster import: what a file would change in a course, then doing exactly that, in one transaction, with audit events.

Always true: nobody is deleted; importing the same file twice changes nothing the second time; a file with an error, or with a
question that nobody answered, changes nothing at all; what was not shown is not done.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext, ngettext

from course_admin.courses.audit import ChangedMeanwhile, delete_audited, save_audited, set_audited
from course_admin.courses.models import SECTION_NAME_LENGTH, Course, Enrollment, OtherEmail, Role, Section
from course_admin.courses.roster.files.entry import Problem
from course_admin.courses.roster.files.roster_file import RosterFile
from course_admin.courses.roster.match import LEADS
from course_admin.courses.roster.people import LOGINS, STABLE, Person
from course_admin.courses.roster.plan import Change, Plan
from course_admin.courses.roster.preview import make_plan
from course_admin.courses.roster.questions import Asked
from course_admin.identity.models import User
from course_admin.policy import Action, leads, may, require, require_change_of_line, standing_of

NO_ANSWERS: Mapping[str, str] = {}
REASON = "roster import"
QUESTIONS = 300  # as many a form can hold, and more than anybody answers
KEYS = ("email", *STABLE, *LOGINS)
VALIDATED = ("name", "role", *KEYS)


class RosterRefused(ValueError):
    """Nothing of a plan is done; its text is a sentence."""


class RosterChanged(RosterRefused):
    """What would be done is no longer what the preview showed; `plan` is the new one."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(
            gettext("The roster, or an answer, has changed since this preview was made; this is the new one.")
        )
        self.plan = plan


def people_of(course: Course) -> list[Person]:
    """Return everybody on a course's roster with what identifies them: the one place that knows where that is stored."""
    rows = course.enrollments.select_related("section").prefetch_related("other_sections", "other_emails")
    return [_person(each) for each in rows.order_by("name", "pk")]


def _person(row: Enrollment) -> Person:
    keys = {kind: str(value) for kind in (*STABLE, *LOGINS) if (value := getattr(row, kind)) not in ("", None)}
    emails = tuple(each for each in (row.email, *(other.address for other in row.other_emails.all())) if each)
    return Person(row.pk, row.name, row.role, row.is_active, keys, emails, tuple(each.name for each in row.sections))


def plan(
    course: Course,
    file: RosterFile,
    *,
    may_appoint: bool = True,
    own: Collection[int] = (),
    answers: Mapping[str, str] = NO_ANSWERS,
) -> Plan:
    """Return what a file would change, in four queries; nothing is stored.

    `may_appoint`: whether the person who imports may make and unmake head TAs and instructors. `own`: that person's lines, of which
    a student's is left to others. `answers`: by question.
    """
    names = course.sections.values_list("name", flat=True)
    planned = make_plan(file, people_of(course), list(names), may_appoint=may_appoint, own=own, asked=Asked(answers))
    for change in (*planned.added, *planned.changed):
        planned.problems.extend(_problems(change, course))
    if (number := len(planned.open_questions)) > QUESTIONS:
        sentence = gettext(
            "The file leaves {number} questions open: give it a column that identifies people, such as a student id."
        ).format(number=number)
        planned.problems.append(Problem(0, "", sentence))
    return planned


def _problems(change: Change, course: Course) -> list[Problem]:
    """Return what the table itself would refuse, by column."""
    trial = Enrollment(course=course, name=change.name, role=Role.STUDENT)
    names = [name for name in change.after if name in VALIDATED]
    for name in names:
        setattr(trial, name, _stored(name, change.after[name]))
    too_long = gettext("The section's name {name}… is longer than {most} letters.")
    problems = [
        Problem(change.line, "section", too_long.format(name=name[:20], most=SECTION_NAME_LENGTH))
        for name in change.after.get("sections", ())
        if len(name) > SECTION_NAME_LENGTH
    ]
    if change.person is None and not any(change.after.get(key) for key in KEYS):
        sentence = gettext("Nothing identifies this person: give an e-mail address, a student id or a GitHub login.")
        return [*problems, Problem(change.line, "", sentence)]
    if change.person is None and not change.after.get("name"):
        return [*problems, Problem(change.line, "name", gettext("Somebody new needs a name."))]
    for address in change.after.get("other_emails", ()):
        problems += _refusals(OtherEmail(address=address), ["address"], change.line, "email")
    return problems + _refusals(trial, names, change.line)


def _refusals(row: Enrollment | OtherEmail, names: list[str], line: int, column: str = "") -> list[Problem]:
    try:
        row.clean_fields(exclude={each.name for each in row._meta.fields} - set(names))
    except ValidationError as error:
        found = error.message_dict.items()
        return [Problem(line, column or name, sentence) for name, sentences in found for sentence in sentences]
    return []


def _stored(name: str, value: Any) -> Any:
    return (int(value) if value else None) if name == "github_id" else value


def confirm(
    *,
    course: Course,
    file: RosterFile,
    digest: str,
    answers: Mapping[str, str] = NO_ANSWERS,
    deactivate_missing: bool,
    deactivate_many: bool = False,
    actor: User,
    at: datetime,
) -> Plan:
    """Do what a preview showed, and return it; `digest` is its name, `answers` are those with which it was made.

    Raises RosterChanged if roster or answers are others than those of the preview, RosterRefused if something is open, and
    Refused if `actor` may not.
    """
    require(actor, Action.IMPORT_ROSTER, course)
    appoints = may(actor, Action.APPOINT, course)
    with transaction.atomic():
        Course.objects.select_for_update().get(pk=course.pk)
        list(course.enrollments.select_for_update().order_by("pk").values_list("pk"))
        planned = plan(course, file, may_appoint=appoints, own=standing_of(actor).places, answers=answers)
        if planned.digest != digest:
            raise RosterChanged(planned)
        apply(
            course=course,
            planned=planned,
            deactivate_missing=deactivate_missing,
            deactivate_many=deactivate_many,
            actor=actor,
            at=at,
        )
    return planned


def apply(
    *, course: Course, planned: Plan, deactivate_missing: bool, deactivate_many: bool = False, actor: User, at: datetime
) -> None:
    """Do what a plan says, in one transaction, with audit events.

    Raises RosterRefused, and does nothing, if it cannot; and Refused if `actor` may not, whatever the plan says.
    """
    require(actor, Action.IMPORT_ROSTER, course)
    _check(planned, deactivate_missing, deactivate_many)
    try:
        with transaction.atomic():
            _Import(course, planned, actor, at).run(deactivate_missing)
    except (IntegrityError, ChangedMeanwhile):
        raise RosterRefused(
            gettext("The roster has changed meanwhile; nothing was imported. Show the file again.")
        ) from None


def _check(planned: Plan, deactivate_missing: bool, deactivate_many: bool) -> None:
    if number := len(planned.errors):
        raise RosterRefused(
            ngettext(
                "The file has {number} error; nothing was changed.",
                "The file has {number} errors; nothing was changed.",
                number,
            ).format(number=number)
        )
    if number := len(planned.open_questions):
        raise RosterRefused(
            ngettext(
                "{number} question waits for an answer; nothing was changed.",
                "{number} questions wait for an answer; nothing was changed.",
                number,
            ).format(number=number)
        )
    if planned.is_many(with_missing=deactivate_missing) and not deactivate_many:
        number = planned.deactivated(with_missing=deactivate_missing)
        raise RosterRefused(
            ngettext(
                "{number} person would become inactive, of {active_students} who are active. Is this "
                "the whole roster? If it is, say so beside the button; nothing was changed.",
                "{number} people would become inactive, of {active_students} who are active. Is this "
                "the whole roster? If it is, say so beside the button; nothing was changed.",
                number,
            ).format(number=number, active_students=planned.active_students)
        )


Key = tuple[str, str]  # a field, and its value as it is compared


def _claims(change: Change) -> set[Key]:
    """Return the keys that somebody has after a change; of who changes place all, since they come to another one."""
    claimed = {(name, str(value).casefold()) for name, value in change.after.items() if name in KEYS}
    if change.person is not None and "role" in change.after:
        claimed |= {(name, value.casefold()) for name, value in change.person.keys.items()}
        claimed |= {("email", address.casefold()) for address in change.person.emails}
    return claimed


def _held(rows: Mapping[int, Enrollment], change: Change) -> set[Key]:
    """Return the keys that somebody has before a change."""
    assert change.person is not None
    values = {name: getattr(rows[change.person.pk], name) for name in KEYS}
    return {(name, str(value).casefold()) for name, value in values.items() if value not in ("", None)}


class _Import:
    """One import, inside a transaction."""

    def __init__(self, course: Course, planned: Plan, actor: User, at: datetime) -> None:
        self.course, self.planned = course, planned
        self.standing = standing_of(actor)
        self.told: dict[str, Any] = {"actor": actor, "at": at, "reason": REASON}
        self.sections = {each.name.casefold(): each for each in course.sections.all()}
        keys = [each.person.pk for each in planned.changed if each.person] + [each.pk for each in planned.missing]
        self.rows = Enrollment.objects.select_for_update().in_bulk(keys)
        self.freed: dict[
            int, dict[str, Any]
        ] = {}  # what somebody had and gets back, unless their change says otherwise

    def run(self, deactivate_missing: bool) -> None:
        """Free the keys that move from one person to another, then save everybody."""
        changes = (*self.planned.changed, *self.planned.added)
        claimed: dict[Key, set[int]] = defaultdict(set)
        for index, change in enumerate(changes):
            for key in _claims(change):
                claimed[key].add(index)
        for index, change in enumerate(self.planned.changed):  # which come first among the changes
            self._free(change, {key for key in _held(self.rows, change) if claimed[key] - {index}})
        for change in changes:
            self._save(change)
        for person in self.planned.missing if deactivate_missing else ():
            row = self.rows[person.pk]
            self._require(row, {})
            row.is_active = False
            save_audited(thing=row, **{**self.told, "reason": f"{REASON}: not in the file"})

    def _require(self, row: Enrollment, after: Mapping[str, Any]) -> None:
        """Refuse the line of somebody who leads, whoever imports; and what the policy leaves to others."""
        if row.pk and leads(row.role):
            raise RosterRefused(f"{row.name} {LEADS}.")
        require_change_of_line(self.standing, row, after)

    def _free(self, change: Change, claimed: set[Key]) -> None:
        """Empty what somebody gives up that somebody else gets, so that two people may exchange a key."""
        assert change.person is not None
        row = self.rows[change.person.pk]
        self._require(row, change.after)
        keys = [name for name in KEYS if name in change.after or "role" in change.after]
        moving = {name: value for name in keys if (name, str(value := getattr(row, name)).casefold()) in claimed}
        if moving:
            self.freed[row.pk] = moving
            for name in moving:
                setattr(row, name, _stored(name, ""))
            save_audited(thing=row, **self.told)
        if "other_emails" in change.after:
            for other in row.other_emails.exclude(address__in=change.after["other_emails"]):
                delete_audited(thing=other, **self.told)

    def _save(self, change: Change) -> None:
        row = self.rows[change.person.pk] if change.person else Enrollment(course=self.course)
        self._require(row, change.after)
        after = {**self.freed.get(row.pk, {}), **change.after}
        sections = [self._section(name) for name in after.pop("sections", ())]
        others = after.pop("other_emails", ())
        for name, value in after.items():
            setattr(row, name, _stored(name, value))
        if sections:
            row.section = sections[0]
        save_audited(thing=row, **self.told)
        if sections:
            set_audited(thing=row, name="other_sections", rows=sections[1:], **self.told)
        stored = set(row.other_emails.values_list("address", flat=True)) if others else set()
        for address in others:
            if address not in stored:
                save_audited(thing=OtherEmail(enrollment=row, address=address), **self.told)

    def _section(self, name: str) -> Section:
        if name.casefold() not in self.sections:
            section = Section(course=self.course, name=name)
            save_audited(thing=section, **self.told)
            self.sections[name.casefold()] = section
        return self.sections[name.casefold()]
