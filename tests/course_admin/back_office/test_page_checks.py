"""A page of the back office that does not say what it shows, or what may be asked of it, fails at start."""

import pytest
from django.contrib import admin

from course_admin.back_office.page_checks import check_page, check_pages
from course_admin.back_office.scoped_admin import CourseScopedAdmin, CourseScopedInline
from course_admin.courses.models import Accommodation, Course, Enrollment, Section
from course_admin.submissions.models import Run


def faults(model, **declared) -> list[str]:
    page = type("Page", (CourseScopedAdmin,), declared)(model, admin.site)
    return [error.id for error in check_page(model, page)]


def test_the_pages_that_are_there_are_sound():
    assert check_pages() == []


def test_a_page_lists_its_fields_and_its_lookups():
    assert faults(Course, fields=["title"], lookups=()) == []
    assert faults(Course, fields=["title"]) == ["assay.E002"]
    assert faults(Course, lookups=()) == ["assay.E003"]


def test_an_inline_lists_its_fields():
    inline = type("Inline", (CourseScopedInline,), {"model": Section})
    assert faults(Course, fields=["title"], lookups=(), inlines=[inline]) == ["assay.E003"]


@pytest.mark.parametrize(
    "declared",
    [
        {"fields": ["lease_token"]},
        {"fields": ["state"], "list_display": ["public_id", "lease_token"]},
        {"fields": ["state"], "list_filter": ["suite__digest"]},
        {"fields": ["state"], "search_fields": ["attempt__archive_sha256"]},
        {"fields": ["state"], "lookups": ("suite__check_token__startswith",)},
        {"fields": ["state"], "ordering": ["-lease_token"]},
    ],
    ids=str,
)
def test_no_page_shows_or_asks_for_a_credential(declared):
    assert set(faults(Run, **{"lookups": (), **declared})) == {"assay.E004"}


@pytest.mark.parametrize("where", ["list_display", "list_filter", "search_fields", "lookups"])
def test_no_list_shows_filters_or_searches_what_is_private(where):
    assert faults(Accommodation, **{"fields": ["reason"], "lookups": (), where: ("reason",)}) == ["assay.E005"]


@pytest.mark.parametrize(
    "declared",
    [
        {"search_fields": ["=accommodations__reason"]},
        {"list_filter": ["accommodations__reason"]},
        {"lookups": ("accommodations__reason__startswith",)},
        {"ordering": ["-accommodations__reason"]},
        {"list_display": [admin.display(ordering="accommodations__reason", description="x")(lambda row: "x")]},
    ],
    ids=lambda declared: next(iter(declared)),
)
def test_what_is_private_is_asked_for_from_no_other_table(declared):
    assert faults(Enrollment, **{"fields": ["name"], "lookups": (), **declared}) == ["assay.E005"]


def test_a_column_of_our_own_is_sorted_by_no_credential():
    column = admin.display(ordering="lease_token", description="x")(lambda row: "x")
    assert faults(Run, fields=["state"], lookups=(), list_display=[column]) == ["assay.E004"]


def test_each_column_of_a_list_has_a_heading():
    nameless = admin.display(description="")(lambda row: row.title)
    assert faults(Course, fields=["title"], lookups=(), list_display=["title", nameless]) == ["assay.E006"]


def test_a_table_that_the_policy_does_not_know_has_no_page(db):
    from django.contrib.sessions.models import Session

    assert faults(Session, fields=["expire_date"], lookups=()) == ["assay.E001"]


def test_what_others_register_is_left_out_of_the_back_office():
    labels = {model._meta.app_label for model in admin.site._registry}
    assert not labels & {"auth", "account", "socialaccount", "mfa", "sessions", "contenttypes"}
