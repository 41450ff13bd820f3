"""docs/permissions.md says what the rules say."""

import pytest
from django.core.management import CommandError, call_command

from course_admin.management.commands import permissions
from course_admin.policy.actions import RULES
from course_admin.policy.document import document


def test_the_document_is_current():
    call_command("permissions", "--check")


def test_every_rule_has_a_line():
    assert all(rule.words in document() for rule in RULES.values())


def test_a_document_that_is_not_current_is_found(monkeypatch, tmp_path):
    old = tmp_path / "permissions.md"
    old.write_text("everybody may everything")
    monkeypatch.setattr(permissions, "PATH", old)
    with pytest.raises(CommandError, match="is not what the rules say"):
        call_command("permissions", "--check")
    call_command("permissions")
    assert old.read_text() == document()
