"""Admin pages of what is audited: they ask why, note who, keep private reasons, and follow the course's clock."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from course_admin.assignments.models import Assignment, Extension, SectionDueTime
from course_admin.courses.audit import save_audited
from course_admin.courses.models import Accommodation, AuditEvent, Enrollment, Group, GroupMembership, Role, Section
from course_admin.gradebook.models import Choice, Override
from course_admin.review.models import Comment
from course_admin.submissions.models import Push, Snapshot
from tests.course_admin.submissions.intake.test_ingest import announce
from tests.factories import NOW, graded, make_assignment, make_attempt, make_course, make_enrollment, make_user


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


@pytest.mark.slow
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


@pytest.mark.medium
def test_due_times_are_by_the_courses_clock(client, world, root):
    world.course.time_zone = "America/New_York"
    world.course.save()
    url = page_of(world.assignment)
    data = {**filled(client, url), "due_at": "2026-11-01T23:59", "why": "agreed in class"}
    assert client.post(url, data).status_code == 302
    world.assignment.refresh_from_db()
    assert world.assignment.due_at == datetime(2026, 11, 2, 4, 59, tzinfo=UTC)  # the clocks went back that morning
    page = client.get(url).content.decode()
    assert '<input type="datetime-local" name="due_at" value="2026-11-01T23:59"' in page
    assert "By the course's clock: America/New_York." in page
    assert AuditEvent.objects.get().reason == "agreed in class"


@pytest.mark.medium
@pytest.mark.parametrize("typed", ["12/05/2026 23:59", "12/05/2026", "05.12.2026 23:59", "11:59 pm", "2026-12-05"])
def test_a_time_that_can_be_read_in_two_ways_is_refused_and_nothing_changes(client, world, root, typed):
    url = page_of(world.assignment)
    answer = client.post(url, {**filled(client, url), "due_at": typed, "why": "agreed in class"})
    assert answer.status_code == 200
    assert "Write the day and the time as in 2026-12-05 23:59" in answer.content.decode()
    world.assignment.refresh_from_db()
    assert world.assignment.due_at is None


def test_saving_a_page_again_moves_no_time(client, world, root):
    world.assignment.due_at = datetime(2026, 11, 1, 22, 59, 30, tzinfo=UTC)
    world.assignment.save()
    url = page_of(world.assignment)
    assert 'value="2026-11-01T22:59:30"' in client.get(url).content.decode()
    assert client.post(url, filled(client, url)).status_code == 302
    assert not AuditEvent.objects.exists()


def test_accommodations_start_by_the_courses_clock(client, world, root):
    world.course.time_zone = "America/New_York"
    world.course.save()
    data = {"student": world.student.pk, "extra_days": "2", "reason": "a diagnosis"}
    start = {"starts_at": "2026-10-05T00:00"}
    assert client.post(add_page(Accommodation), {**data, **start}).status_code == 302
    standing = Accommodation.objects.get()
    assert standing.starts_at == datetime(2026, 10, 5, 4, 0, tzinfo=UTC)
    assert 'value="2026-10-05T00:00"' in client.get(page_of(standing)).content.decode()
    assert "By the clock of the course that you choose." in client.get(add_page(Accommodation)).content.decode()
    assert "5 Oct 2026, 00:00 EDT" in client.get(reverse("admin:courses_accommodation_changelist")).content.decode()


def test_a_list_of_assignments_shows_due_times_by_the_courses_clock(client, world, root):
    world.course.time_zone = "Asia/Kolkata"
    world.course.save()
    world.assignment.due_at = datetime(2026, 10, 5, 18, 29, tzinfo=UTC)
    world.assignment.save()
    assert "5 Oct 2026, 23:59 IST" in client.get(reverse("admin:assignments_assignment_changelist")).content.decode()


def test_what_was_due_is_told_by_the_courses_clock_on_every_page_of_the_back_office(client, world, root):
    type(world.course).objects.update(time_zone="Asia/Kolkata")
    moment = datetime(2026, 10, 5, 18, 29, tzinfo=UTC)
    told = {"commit_id": "a" * 40, "taken_at": moment + timedelta(hours=1)}
    repository = announce().repository
    taken = Snapshot.objects.create(repository=repository, assignment=world.assignment, due_at=moment, **told)
    world.assignment.due_at = moment
    event = save_audited(thing=world.assignment, actor=root, at=NOW, reason="agreed")
    push = repository.pushes.get()
    run = graded(make_attempt(world.student, world.assignment, push=push))
    mine = {"student": world.student, "assignment": world.assignment}
    chosen = Choice.objects.create(**mine, attempt=run.attempt, chosen_at=moment)
    said = Comment.objects.create(attempt=run.attempt, author=root, text="look here", written_at=moment)
    for row, names in ((push, "received_at"), (run, "queued_at started_at"), (run.attempt, "received_at")):
        type(row).objects.filter(pk=row.pk).update(**dict.fromkeys(names.split(), moment))
    for row in (taken, event, push, run, run.attempt, chosen, said):
        table = f"admin:{row._meta.app_label}_{row._meta.model_name}"
        for url in (reverse(f"{table}_changelist"), reverse(f"{table}_change", args=[row.pk])):
            assert "5 Oct 2026, 23:59 IST" in client.get(url).content.decode(), url
    assert "Fri 2 Oct 2026, 12:00 UTC" in client.get(page_of(world.assignment.suite)).content.decode()


@pytest.mark.medium
def test_who_saves_a_page_that_somebody_else_has_overtaken_is_told_so(client, world, root):
    url = page_of(Enrollment.objects.get(pk=world.student.pk))
    mine, theirs = filled(client, url), filled(client, url)
    assert client.post(url, {**theirs, "email": "mira@example.edu", "why": "moved"}).status_code == 302
    late = client.post(url, {**mine, "name": "Mira O.", "why": "married"})
    assert "Somebody changed this while the page was open" in late.content.decode()
    held = Enrollment.objects.get(pk=world.student.pk)
    assert (held.name, held.email) == ("Mira Okafor", "mira@example.edu")


@pytest.mark.medium
def test_lists_on_a_page_that_somebody_else_has_overtaken_are_kept(client, world, root):
    monday, tuesday = (Section.objects.create(course=world.course, name=name) for name in ("Monday", "Tuesday"))
    tess = make_enrollment(world.course, "tess", Role.TA)
    tess.other_sections.add(monday)
    url = page_of(Enrollment.objects.get(pk=tess.pk))
    shown = {**filled(client, url), "other_sections": [monday.pk]}
    assert client.post(url, {**shown, "other_sections": [monday.pk, tuesday.pk]}).status_code == 302
    late = client.post(url, {**shown, "name": "Tess T.", "why": "married"})
    assert "Somebody changed this while the page was open" in late.content.decode()
    assert set(tess.other_sections.all()) == {monday, tuesday}


@pytest.mark.medium
def test_rows_on_a_page_that_somebody_else_has_overtaken_are_kept(client, world, root):
    monday = Section.objects.create(course=world.course, name="Monday")
    own = SectionDueTime.objects.create(assignment=world.assignment, section=monday, due_at=NOW)
    url = page_of(world.assignment)
    row = {"TOTAL_FORMS": 1, "INITIAL_FORMS": 1, "0-id": own.pk, "0-assignment": world.assignment.pk}
    row |= {"0-section": monday.pk, "0-due_at": "2026-10-05T12:00"}
    shown = {**filled(client, url), **{f"section_due_times-{name}": value for name, value in row.items()}}
    assert client.post(url, {**shown, "section_due_times-0-due_at": "2026-10-09T12:00"}).status_code == 302
    late = client.post(url, {**shown, "title": "Tensors", "why": "clearer"})
    assert "Somebody changed this while the page was open" in late.content.decode()
    own.refresh_from_db()
    assert own.due_at.day == 9


@pytest.mark.slow
def test_a_row_s_course_is_not_edited_once_it_is_made(client, world, root):
    other = make_course("other")
    for row in (world.student, world.assignment, Section.objects.create(course=world.course, name="Monday")):
        url = page_of(row)
        assert "course" not in client.get(url).context["adminform"].form.fields
        client.post(url, {**filled(client, url), "course": other.pk, "why": "moved"})
        row.refresh_from_db()
        assert row.course == world.course


def test_a_section_that_still_means_something_is_not_deleted_and_the_page_says_why(client, world, root):
    section = Section.objects.create(course=world.course, name="Monday")
    tess = make_enrollment(world.course, "tess", Role.TA)
    tess.other_sections.add(section)
    url = reverse("admin:courses_section_delete", args=[section.pk])
    page = client.post(url, {"post": "yes"}, follow=True)
    assert "Monday is still needed by enrolment Tess; nothing was deleted." in page.content.decode()
    Enrollment.objects.filter(pk=world.student.pk).update(section=section)
    tess.other_sections.clear()
    assert "Mira Okafor" in client.post(url, {"post": "yes"}).content.decode()
    assert Section.objects.filter(pk=section.pk).exists()


def test_a_leader_detaches_a_student_s_account_and_nobody_s_who_leads(client, world):
    head = make_enrollment(world.course, "head", Role.HEAD_TA)
    ines = make_enrollment(world.course, "ines", Role.INSTRUCTOR)
    client.force_login(head.account)
    chosen = {"action": "detach", "_selected_action": [world.student.pk, ines.pk, head.pk]}
    client.post(reverse("admin:courses_enrollment_changelist"), chosen)
    held = dict(Enrollment.objects.values_list("pk", "account"))
    assert held == {world.student.pk: None, ines.pk: ines.account.pk, head.pk: head.account.pk}
    assert AuditEvent.objects.get().after == {"account_id": None}


def test_what_an_account_may_look_at_is_on_record(client, root):
    clerk = make_user("clerk")
    look = Permission.objects.get(codename="view_attempt")
    data = {"email": clerk.email, "name": "Clerk", "is_active": "on", "is_staff": "on", "user_permissions": [look.pk]}
    assert client.post(page_of(clerk), data).status_code == 302
    events = {tuple(event.after): event.after for event in AuditEvent.objects.all()}
    assert events[("user_permissions",)] == {"user_permissions": [look.pk]}
    change = Permission.objects.get(codename="change_attempt")
    assert client.post(page_of(clerk), {**data, "user_permissions": [change.pk]}).status_code == 200
    clerk.refresh_from_db()
    assert list(clerk.user_permissions.all()) == [look]


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


@pytest.mark.parametrize("field", ["due_at", "received_at"])
def test_days_of_a_list_are_those_of_the_courses_clock(client, world, root, field):
    """A course in India has its evening on the day before by UTC."""
    type(world.course).objects.update(time_zone="Asia/Kolkata")
    evening = datetime(2026, 10, 5, 20, 0, tzinfo=UTC)  # the sixth, in India
    elsewhere = make_course("elsewhere", time_zone="America/New_York")
    if field == "due_at":
        world.assignment.due_at = evening
        world.assignment.save()
        make_assignment(elsewhere, "m02", due_at=evening)
        model, course, days = Assignment, "course__id__exact", {"due_at__year": 2026, "due_at__month": 10}
    else:
        announce(at=evening)
        model, course, days = Push, "repository__course__id__exact", {}
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    mine = client.get(url, {course: world.course.pk, **days}).content.decode()
    if field == "due_at":
        assert "due_at__day=6" in mine
        assert "due_at__day=5" not in mine
        assert "due_at__day=5" in client.get(url, {course: elsewhere.pk, **days}).content.decode()
        assert "due_at__day=5" in client.get(url, days).content.decode()  # of two clocks neither: UTC
    else:
        assert "(Asia/Kolkata)" in mine
        assert "%2B05%3A30" in mine
        every = client.get(url).content.decode()
        assert "(UTC)" in every
        assert "%2B00%3A00" in every


def test_a_filter_that_names_no_course_changes_no_clock(client, world, root):
    url = reverse("admin:submissions_push_changelist")
    for value in ("x", "9" * 30, "²", ""):
        assert client.get(url, {"repository__course__id__exact": value}).status_code in (200, 302)
