"""Nobody is offered to delete what cannot be deleted: the page says what keeps it, and whatever can be deleted is."""

import pytest
from django.contrib import admin
from django.urls import reverse

from course_admin.courses.models import Course, Enrollment, Group, GroupMembership, Role, Section
from tests.course_admin.test_admin import fill
from tests.factories import NOW, graded, make_assignment, make_attempt, make_course, make_enrollment, make_user

BUTTON = 'class="deletelink"'


def page_of(row, page="change") -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{page}", args=[row.pk])


@pytest.fixture
def leader(client, world):
    client.force_login(make_enrollment(world.course, "ines", Role.INSTRUCTOR).account)
    return client


@pytest.mark.medium
def test_what_attempts_hang_on_says_so_in_place_of_the_button(leader, world):
    for _ in range(5):
        graded(make_attempt(world.student, world.assignment))
    html = leader.get(page_of(world.assignment)).content.decode()
    assert BUTTON not in html
    assert "It cannot be deleted, since this belongs to it and is kept: attempt 5 of Mira Okafor" in html
    assert html.count("It cannot be deleted") == 1
    assert " and more." in html.partition("attempt 5 of Mira Okafor")[2]


@pytest.mark.medium
def test_what_can_be_deleted_is_offered_and_goes(leader, world):
    other = make_assignment(world.course, "m02")
    group = Group.objects.create(course=world.course, name="Blue")
    for row in (other, group, Section.objects.create(course=world.course, name="Tuesday")):
        assert BUTTON in leader.get(page_of(row)).content.decode()
        assert leader.post(page_of(row, "delete"), {"post": "yes", "why": "a slip"}).status_code == 302
        assert not type(row).objects.filter(pk=row.pk).exists()


def test_a_group_with_members_is_kept(leader, world):
    group = Group.objects.create(course=world.course, name="Blue")
    GroupMembership.objects.create(group=group, student=world.student)
    html = leader.get(page_of(group)).content.decode()
    assert BUTTON not in html
    assert "Mira Okafor" in html.partition("It cannot be deleted")[2]


def test_a_section_that_somebody_is_also_in_is_kept(leader, world):
    lab = Section.objects.create(course=world.course, name="Lab")
    world.student.other_sections.add(lab)
    html = leader.get(page_of(lab)).content.decode()
    assert BUTTON not in html
    assert "Mira Okafor" in html.partition("It cannot be deleted")[2]


@pytest.mark.slow
def test_no_page_of_any_table_offers_what_ends_in_a_refusal(client, world):
    """Of every row of every table: who is shown the button gets to the page that deletes."""
    fill(world, 2)
    empty = make_course("empty")
    make_assignment(empty, "m09")
    graded(make_attempt(make_enrollment(world.course, "mate"), world.assignment), at=NOW)
    root = make_user("root", is_superuser=True, is_staff=True)
    for account in (root, make_enrollment(world.course, "ines", Role.INSTRUCTOR).account):
        client.force_login(account)
        seen = {True: 0, False: 0}
        for model in admin.site._registry:
            for row in model._default_manager.all()[:3]:
                answer = client.get(page_of(row))
                if answer.status_code != 200:
                    continue
                is_offered = BUTTON in answer.content.decode()
                asked = client.get(page_of(row, "delete"))
                is_refused = asked.status_code != 200 or b"Cannot delete" in asked.content
                assert is_offered is not is_refused, f"{account} {row!r}"
                seen[is_offered] += 1
        assert all(seen.values())
    assert Course.objects.count() == 2
    assert Enrollment.objects.exists()
