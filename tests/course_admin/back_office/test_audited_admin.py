"""Admin pages of what is audited: they ask why, note who, keep private reasons, and follow the course's clock."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from course_admin.assignments.models import Extension
from course_admin.courses.models import Accommodation, AuditEvent, Enrollment, Group, GroupMembership, Role
from course_admin.gradebook.models import Override
from tests.factories import NOW, make_user


@pytest.fixture
def root(client, db):
    user = make_user("root", is_superuser=True, is_staff=True)
    client.force_login(user)
    return user


def page_of(thing) -> str:
    return reverse(f"admin:{thing._meta.app_label}_{thing._meta.model_name}_change", args=[thing.pk])


def add_page(model) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")


def filled(client, url: str) -> dict:
    """Return what a browser would post from the page's form, changed nowhere."""
    form = client.get(url).context["adminform"].form
    values = {}
    for bound in form:
        value, widget = bound.value(), bound.field.widget
        parts = widget.decompress(bound.initial) if hasattr(widget, "decompress") else None
        if parts is not None:
            shown = [part if part is not None else "" for part in parts]
            values |= {f"{bound.html_name}_{number}": str(part) for number, part in enumerate(shown)}
        elif not (value is None or value is False or value == []):
            values[bound.html_name] = value
    inlines = ("section_due_times", "other_emails")
    return {**values, **{f"{each}-{what}_FORMS": "0" for each in inlines for what in ("TOTAL", "INITIAL")}}


def test_a_change_of_role_needs_a_reason(client, world, root):
    url = page_of(Enrollment.objects.get(pk=world.student.pk))
    data = {**filled(client, url), "role": Role.TA}
    assert "Say why" in client.post(url, data).content.decode()
    assert client.post(url, {**data, "why": "joins the staff"}).status_code == 302
    event = AuditEvent.objects.get()
    assert (event.actor, event.after, event.reason) == (root, {"role": "ta"}, "joins the staff")


def test_who_joins_and_who_leaves_a_group_is_in_the_log(client, world, root):
    rows = {"memberships-TOTAL_FORMS": "1", "memberships-INITIAL_FORMS": "0", "memberships-0-student": world.student.pk}
    data = {"course": world.course.pk, "name": "Blue", "hands_in_together": "on"}
    assert client.post(add_page(Group), {**data, **rows}).status_code == 302
    group, membership = Group.objects.get(), GroupMembership.objects.get()
    left = {
        "memberships-TOTAL_FORMS": "1",
        "memberships-INITIAL_FORMS": "1",
        "memberships-0-id": membership.pk,
        "memberships-0-group": group.pk,
        "memberships-0-student": world.student.pk,
        "memberships-0-DELETE": "on",
    }
    assert client.post(page_of(group), {**data, **left, "why": "works alone now"}).status_code == 302
    assert not group.memberships.exists()
    events = AuditEvent.objects.order_by("pk").values_list("subject", "actor", "reason")
    assert list(events) == [
        ("group Blue", root.pk, ""),
        ("Mira Okafor in group Blue", root.pk, ""),
        ("Mira Okafor in group Blue", root.pk, "works alone now"),
    ]


def test_due_times_are_by_the_courses_clock(client, world, root):
    world.course.time_zone = "America/New_York"
    world.course.save()
    url = page_of(world.assignment)
    data = {**filled(client, url), "due_at_0": "2026-11-01", "due_at_1": "23:59:00", "why": "agreed in class"}
    assert client.post(url, data).status_code == 302
    world.assignment.refresh_from_db()
    assert world.assignment.due_at == datetime(2026, 11, 2, 4, 59, tzinfo=UTC)  # the clocks went back that morning
    assert 'value="23:59:00"' in client.get(url).content.decode()
    assert AuditEvent.objects.get().reason == "agreed in class"


def test_an_extension_notes_who_gave_it_and_is_for_one_receiver(client, world, root):
    data = {"assignment": world.assignment.pk, "days": "2", "reason": "flu"}
    assert "choose one of the two" in client.post(add_page(Extension), data).content.decode()
    assert client.post(add_page(Extension), {**data, "student": world.student.pk}).status_code == 302
    assert Extension.objects.get().granted_by == root
    assert AuditEvent.objects.get().reason == "flu"


def test_overrides_deleted_in_a_list_leave_events(client, world, root):
    data = {"student": world.student.pk, "assignment": world.assignment.pk, "points": "90", "reason": "typo"}
    assert client.post(add_page(Override), data).status_code == 302
    chosen = {"action": "delete_selected", "_selected_action": [Override.objects.get().pk], "post": "yes"}
    client.post(reverse("admin:gradebook_override_changelist"), chosen)
    assert not Override.objects.exists()
    removed, made = AuditEvent.objects.all()
    assert (removed.after, made.before) == (None, None)
    assert removed.before["points"] == made.after["points"] == "90"


def test_the_reason_of_an_accommodation_is_for_those_who_need_it(client, world, root):
    standing = Accommodation.objects.create(
        student=world.student, extra_days=1, starts_at=NOW, reason="a diagnosis", granted_by=root, granted_at=NOW
    )
    assert "a diagnosis" in client.get(page_of(standing)).content.decode()
    clerk = make_user("clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__in=["change_accommodation", "view_accommodation"]))
    client.force_login(clerk)
    for url in (page_of(standing), reverse("admin:courses_accommodation_changelist")):
        answer = client.get(url)
        assert answer.status_code == 200
        assert "a diagnosis" not in answer.content.decode()
