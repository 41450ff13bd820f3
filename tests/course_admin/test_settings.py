"""Settings: production refuses to start half-configured, and every variable is documented."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from course_admin.settings import env

ROOT = Path(__file__).resolve().parents[2]
KEY = "k4Q8" * 13 + "zX"
GOOD = {"SECRET_KEY": KEY, "ALLOWED_HOSTS": "grade.example.edu"}


def check(settings: str, tmp_path, *arguments: str, **environ: str) -> subprocess.CompletedProcess:
    """Run `manage.py check` in a bare environment."""
    environ = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": f"course_admin.settings.{settings}",
        "ASSAY_VAR": str(tmp_path / "var"),
        **environ,
    }
    command = [sys.executable, "manage.py", "check", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True)


@pytest.mark.slow
def test_production_starts_with_a_key_and_a_host_and_passes_djangos_own_check(tmp_path):
    done = check("production", tmp_path, "--deploy", "--fail-level", "WARNING", **GOOD)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({**GOOD, "SECRET_KEY": ""}, "SECRET_KEY"),
        ({**GOOD, "SECRET_KEY": "short"}, "SECRET_KEY"),
        ({**GOOD, "ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS"),
        ({**GOOD, "ASSAY_RUN_TRIES": "0"}, "ASSAY_RUN_TRIES"),
        ({**GOOD, "ASSAY_POLL_SECONDS": "-1"}, "ASSAY_POLL_SECONDS must be 0 or a whole number above it"),
        ({**GOOD, "ASSAY_LEASE_SECONDS": "soon"}, "ASSAY_LEASE_SECONDS|invalid literal"),
        ({**GOOD, "DATABASE_URL": "mysql://h/db"}, "DATABASE_URL"),
        ({**GOOD, "ASSAY_CANVAS_TOKENS": "canvas.example.edu:s3cret"}, "ASSAY_CANVAS_TOKENS"),
    ],
)
@pytest.mark.slow
def test_a_setting_that_cannot_be_used_is_refused_by_name(tmp_path, environ, named):
    done = check("production", tmp_path, **environ)
    assert done.returncode != 0
    assert re.search(named, done.stderr.strip().splitlines()[-1])
    assert "s3cret" not in done.stderr


@pytest.mark.slow
def test_development_makes_a_key_of_its_own_once(tmp_path):
    assert check("dev", tmp_path).returncode == 0
    key = (tmp_path / "var" / "secret_key").read_text()
    assert len(key) >= 50
    assert (tmp_path / "var" / "secret_key").stat().st_mode & 0o777 == 0o600
    assert check("dev", tmp_path).returncode == 0
    assert (tmp_path / "var" / "secret_key").read_text() == key
    assert [path.name for path in (tmp_path / "var").iterdir()] == ["secret_key"]


def test_a_secret_may_begin_with_a_dollar_sign(tmp_path):
    secret = {"ASSAY_WEBHOOK_SECRETS": "$ecret,second"}
    script = "from django.conf import settings; assert settings.ASSAY_WEBHOOK_SECRETS == ['$ecret', 'second']"
    environ = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "course_admin.settings.dev", **secret}
    environ["ASSAY_VAR"] = str(tmp_path)
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environ, check=True)


def test_canvas_tokens_are_read_by_host(monkeypatch):
    monkeypatch.setenv("ASSAY_CANVAS_TOKENS", " Canvas.example.edu=7~a=b , localhost:8443=$x,")
    assert env._tokens("ASSAY_CANVAS_TOKENS") == {"canvas.example.edu": "7~a=b", "localhost:8443": "$x"}


def test_models_and_migrations_agree(db):
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_only_one_file_reads_the_environment():
    readers = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "course_admin").rglob("*.py")
        if re.search(r"os\.environ(?!\.setdefault)|os\.getenv", path.read_text())
        and "demo/submissions" not in path.as_posix()
    }
    assert readers == {"course_admin/settings/env.py"}


def test_every_variable_is_documented():
    source = (ROOT / "course_admin" / "settings" / "env.py").read_text()
    variables = set(re.findall(r'(?:_env\.\w+|_positive|_folder|_secret|_tokens)\("([A-Z_]+)"', source))
    guide = (ROOT / "docs" / "service.md").read_text()
    assert len(variables) > 15
    assert sorted(name for name in variables if f"`{name}`" not in guide) == []
