"""What launches tell, and what staff decide, about which course and line item is which. Each is one audited transaction."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from course_admin.assignments.models import Assignment
from course_admin.courses.audit import save_audited
from course_admin.courses.models import Course
from course_admin.identity.models import User
from course_admin.integrations.lti.launch.claims import Launch
from course_admin.integrations.lti.launch.enter import assignment_of, link_of
from course_admin.integrations.lti.models import LtiAssignment, LtiCourse, Platform
from course_admin.integrations.outbox.services import start_over
from course_admin.policy import Action, require

TOLD = "told by a launch"
LINKED = "linked from a launch by who teaches the course there and leads it here"


class NotToLink(ValueError):
    """A platform's course cannot be linked so; the text is a sentence."""


def note_launch(*, launch: Launch, our_address: str, at: datetime) -> None:
    """Keep what a believed launch says of its course and of its line item, if the course is linked."""
    link = link_of(launch)
    if link is None:
        return
    told = {"our_address": our_address, "memberships_url": launch.memberships_url or link.memberships_url}
    if any(getattr(link, name) != value for name, value in told.items()):
        LtiCourse.objects.filter(pk=link.pk).update(**told)
    assignment = assignment_of(launch, link)
    if assignment is not None and launch.line_item:
        _note_line_item(link, assignment, launch.line_item, at)


def _note_line_item(link: LtiCourse, assignment: Assignment, line_item: str, at: datetime) -> None:
    """Note which line item is an assignment's; another one than before lets its grades start over."""
    with transaction.atomic():
        LtiCourse.objects.select_for_update().get(pk=link.pk)
        row = LtiAssignment.objects.filter(assignment=assignment).first() or LtiAssignment(assignment=assignment)
        taken = LtiAssignment.objects.filter(link=link, line_item=line_item).exclude(pk=row.pk).exists()
        if taken or (row.pk and (row.link_id, row.line_item) == (link.pk, line_item)):
            return
        row.link, row.line_item = link, line_item
        save_audited(thing=row, actor=None, at=at, reason=TOLD)
        start_over(link=link, deliveries=row.deliveries())


def link_course(*, course: Course, told: dict[str, Any], our_address: str, actor: User, at: datetime) -> LtiCourse:
    """Link a course to the platform's course that a launch came from. Raises Refused, or NotToLink."""
    require(actor, Action.LINK_PLATFORM_COURSE, course)
    where = {name: told[name] for name in ("deployment_id", "context_id")}
    with transaction.atomic():
        Course.objects.select_for_update().get(pk=course.pk)
        platform = Platform.objects.get(pk=told["platform"])
        if hasattr(course, "lms"):
            raise NotToLink(gettext("{course} sends its grades to another course already.").format(course=course))
        if LtiCourse.objects.filter(platform=platform, **where).exists():
            raise NotToLink(
                gettext("That course of {platform} is linked to another course here already.").format(platform=platform)
            )
        link = LtiCourse(course=course, platform=platform, memberships_url=told["memberships_url"], **where)
        link.our_address = our_address
        save_audited(thing=link, actor=actor, at=at, reason=LINKED)
    return link
