"""Lists of people are in the order of their names as people read them, the same on both databases, page after page."""

import random

import pytest
from django.core.paginator import Paginator
from django.urls import reverse

from course_admin.courses.models import Enrollment, Role, Student
from course_admin.identity.models import User
from course_admin.private_sqlite.names import compare, name_key
from tests.factories import graded, make_attempt, make_enrollment, make_user

#: In their order. Accents count after all letters, capitals after all accents, blanks and signs before letters.
NAMES = [
    "", "'t Hooft, Gerard", "(Bo)", "Ada Lovelace", "ada lovelace the second", "Aðalbjörg", "Adam", "Aesir", "Æsir", "Agnes",
    "Ägnes", "Ågot Ängström", "al-Ámir", "Alvar", "ANGEL", "ángel", "Ángel", "Anne Marie", "Anne-Marie", "Anne, Marie",
    "Anne.Marie", "AnneMarie", "Chloe", "Chloé", "Côte", "Coté Anna", "Đặng Vân", "de la Cruz", "De Silva", "Dela", "Dzung",
    "Émile Zola", "Emily", "Håkon", "Ibrahim", "İbrahim", "Jose", "José", "Łukasz", "Luke", "Müller", "Muller-Lyer", "Mulligan",
    "Nguyễn", "Nils", "O Brien", "O'Brien", "O’Brien", "Oakes", "Oeuvre", "Œuvre", "Øyvind", "Oz", "Påhl", "Pal", "Strasse",
    "Straße", "Strawson", "Şule", "van Dam", "Van Dam", "van der Berg", "vanDam", "Zoë", "Żuk", "Zyx", "Þór", "Αλέξης", "Борис",
    "김철수", "李雷",
]  # fmt: skip


def test_the_names_above_are_in_their_order(shuffled):
    assert order_of(shuffled) == NAMES


def order_of(names) -> list[str]:
    return sorted(names, key=name_key)


@pytest.fixture
def shuffled() -> list[str]:
    names = list(NAMES)
    random.Random(4).shuffle(names)
    return names


def test_the_database_sorts_as_python_does(db, shuffled):
    for place, name in enumerate(shuffled):
        make_user(f"u{place}", name=name)
    found = list(
        User.objects.filter(email__endswith="@accounts.example").order_by("name", "pk").values_list("name", flat=True)
    )
    assert found == order_of(shuffled)


def test_an_accent_never_sends_a_name_to_the_end():
    words = ["Zyx", "Émile", "Øyvind", "Łukasz", "Ågot", "Şule", "Đặng"]
    assert order_of(words) == ["Ågot", "Đặng", "Émile", "Łukasz", "Øyvind", "Şule", "Zyx"]


def test_no_two_names_are_equal_and_the_order_is_total(shuffled):
    assert all((compare(one, other) == 0) is (one == other) for one in shuffled for other in shuffled)
    assert all(compare(one, other) == -compare(other, one) for one in shuffled for other in shuffled)


def test_a_name_is_found_by_itself_and_by_no_other(world):
    for login, name in (("jose", "José"), ("jose-2", "Jose"), ("jose-3", "Jose\u0301")):
        make_enrollment(world.course, login, name=name)
    assert Enrollment.objects.filter(name="José").count() == 1
    assert Enrollment.objects.filter(name__in=["Jose", "Josephine"]).count() == 1


@pytest.mark.medium
def test_every_list_of_people_is_so_and_pages_miss_nobody(client, world, shuffled):
    Enrollment.objects.all().update(is_active=False)
    named = [name for name in shuffled if name]
    for place, name in enumerate(named):
        person = make_enrollment(world.course, f"s{place}", name=name, account=None)
        graded(make_attempt(person, world.assignment))
    ines = make_enrollment(world.course, "ines", Role.INSTRUCTOR, name="Ines Moreau")
    expected = order_of(named)
    rows = Student.objects.active().filter(course=world.course).order_by("name", "pk")
    pages = Paginator(rows, 7)
    assert [each.name for page in pages for each in page] == expected
    client.force_login(ines.account)
    slug = world.course.slug
    for url in (
        reverse("gradebook", args=[slug]),
        reverse("submissions", args=[slug, world.assignment.slug]) + "?sort=name",
    ):
        seen: list[str] = []
        for page in (1, 2, 3):
            sign = "&" if "?" in url else "?"
            html = client.get(f"{url}{sign}page={page}").context["page"]
            if html.number == page:
                seen += [_name(each) for each in html.object_list]
        assert seen == expected, url
    # Next and previous of the desk follow the same list.
    walked = []
    attempt = Student.objects.get(name=expected[0]).attempts.get()
    while attempt is not None:
        walked.append(attempt.student.name)
        answer = client.get(reverse("submission", args=[slug, world.assignment.slug, attempt.public_id]) + "?sort=name")
        following = answer.context["neighbours"].next
        attempt = type(attempt).objects.get(public_id=following) if following else None
    assert walked == expected
    people = client.get(reverse("people", args=[slug]) + "?role=student").context["lines"]
    assert [line.person.name for line in people] == expected[: len(people)]
    listed = client.get(reverse("admin:courses_student_changelist")).context["cl"].result_list
    shown = [each.name for each in listed if each.is_active]
    assert shown == expected[: len(shown)]


def _name(row) -> str:
    return row.name if isinstance(row, Enrollment) else row.student.name
