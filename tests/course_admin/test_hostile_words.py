"""Whatever people and programs may write, in every field that a page shows: markup is text, on every page, for every viewer."""

import re

import pytest
from django.apps import apps
from django.db import DatabaseError, models, transaction
from django.test import Client
from django.utils import timezone

from tests.screenshots.pages import shots_of
from tests.screenshots.scene import make_scene

#: Short, since some fields are. What reorders what follows, is no text, would be an element, leave an attribute, or be worked out.
HOSTILE = "\u202e\x85<b onclick=x>'\"{{7}}"
#: Marks of direction, controls, and what is not seen: shown as escapes everywhere.
HIDING = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
)
#: Fields that hold somebody's words, whatever the table.
WORDS = re.compile(
    r"(^|_)(title|name|text|reason|message|answer|guide|note|fault|refusal|subject|label|detail|problem|comment)$"
)
#: Names that are addresses as well, or are looked up.
NOT_WORDS = {"full_name", "account_name", "user_name", "bound_name", "github_name", "codename", "branch_name"}


def spoil() -> set[str]:
    """Put the hostile words wherever the tables take them; return the fields that took them."""
    spoiled = set()
    for model in apps.get_models():
        if not model.__module__.startswith("course_admin.") or model._meta.proxy:
            continue
        for field in model._meta.concrete_fields:
            is_text = isinstance(field, models.CharField | models.TextField) and not field.choices and not field.unique
            if not is_text or not WORDS.search(field.name) or field.name in NOT_WORDS:
                continue
            try:
                with transaction.atomic():
                    rows = models.QuerySet(model).exclude(**{field.name: ""})
                    if rows.update(**{field.name: HOSTILE[: field.max_length or len(HOSTILE)]}):
                        spoiled.add(f"{model._meta.label_lower}.{field.name}")
            except DatabaseError:  # a constraint keeps rows apart by it, or it is one word of a list
                continue
    return spoiled


@pytest.mark.slow
def test_no_page_takes_words_for_markup_or_hides_what_is_in_them(db):
    scene = make_scene(timezone.now())
    shots = shots_of(scene)
    spoiled = spoil()
    assert {"assignments.assignment.title", "submissions.check.message", "courses.auditevent.subject"} <= spoiled
    assert {"gradebook.override.reason", "review.comment.text", "discussion.regraderequest.reason"} <= spoiled
    faults, met = [], 0
    for shot in shots:
        client = Client()
        if shot.account is not None:
            client.force_login(shot.account)
        answer = client.get(shot.url, follow=True)
        html = answer.content.decode()
        if answer.status_code not in (200, 404):
            faults.append(f"{shot.name}: {answer.status_code}")
        if "<b onclick" in html or "onclick=x>'" in html:
            faults.append(f"{shot.name}: {html[max(html.find('<b onclick') - 80, 0) :][:160]}")
        if found := HIDING.search(html):
            faults.append(f"{shot.name}: {html[max(found.start() - 80, 0) :][:160]!r}")
        met += "onclick=x" in html
    assert faults == []
    assert met > len(shots) / 2
