"""Settings: production refuses to start half-configured, and every variable is documented."""

import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse

from course_admin.settings import env
from course_admin.web.loopback import LoopbackOnly

ROOT = Path(__file__).resolve().parents[2]
KEY = "k4Q8" * 13 + "zX"
GOOD = {
    "SECRET_KEY": KEY,
    "ALLOWED_HOSTS": "grade.example.edu",
    "DATABASE_URL": "postgresql://assay@127.0.0.1:9/assay",
    "CACHE_URL": "redis://127.0.0.1:9/1",
}


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
        ({**GOOD, "DATABASE_URL": ""}, "DATABASE_URL must be set in production"),
        ({**GOOD, "CACHE_URL": ""}, "CACHE_URL must name a cache that all web processes share"),
        ({**GOOD, "CACHE_URL": "locmemcache://"}, "CACHE_URL must name a cache"),
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


@pytest.mark.medium
def test_a_secret_may_begin_with_a_dollar_sign(tmp_path):
    secret = {"ASSAY_WEBHOOK_SECRETS": "$ecret,second"}
    script = "from django.conf import settings; assert settings.ASSAY_WEBHOOK_SECRETS == ['$ecret', 'second']"
    environ = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "course_admin.settings.dev", **secret}
    environ["ASSAY_VAR"] = str(tmp_path)
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environ, check=True)


def test_canvas_tokens_are_read_by_host(monkeypatch):
    monkeypatch.setenv("ASSAY_CANVAS_TOKENS", " Canvas.example.edu=7~a=b , localhost:8443=$x,")
    assert env._tokens("ASSAY_CANVAS_TOKENS") == {"canvas.example.edu": "7~a=b", "localhost:8443": "$x"}


def run_python(script: str, tmp_path, **environ: str) -> subprocess.CompletedProcess:
    """Run a script in a bare environment that says nothing of settings."""
    environ = {"PATH": os.environ["PATH"], "ASSAY_VAR": str(tmp_path / "var"), "PYTHONPATH": str(ROOT), **environ}
    return subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environ, capture_output=True, text=True)


@pytest.mark.parametrize("entry", ["course_admin.wsgi", "course_admin.celery"])
@pytest.mark.slow
def test_production_is_the_default_of_the_web_server_and_of_the_workers(tmp_path, entry):
    script = f"import {entry}; from django.conf import settings; print(settings.DEBUG, settings.SETTINGS_MODULE)"
    told = run_python(script, tmp_path, **GOOD)
    assert told.stdout.split() == ["False", "course_admin.settings.production"], told.stderr
    assert run_python(script, tmp_path).returncode != 0, "without a key it does not start, and not with DEBUG either"


@pytest.mark.slow
def test_no_process_has_error_pages_for_a_public_host(tmp_path):
    forgotten = check("dev", tmp_path, ALLOWED_HOSTS="grade.example.edu")
    assert forgotten.returncode != 0
    assert "ALLOWED_HOSTS names grade.example.edu" in forgotten.stderr
    anything = run_python("from django.conf import settings; settings.DEBUG", tmp_path, DEBUG="1", **GOOD)
    assert anything.returncode != 0, "no settings named: none are taken"
    script = "from django.conf import settings; print(settings.DEBUG)"
    production = {"DJANGO_SETTINGS_MODULE": "course_admin.settings.production", "DEBUG": "True", **GOOD}
    assert run_python(script, tmp_path, **production).stdout.strip() == "False"


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("192.168.1.7", {}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, 403),
        ("127.0.0.1", {"Forwarded": "for=203.0.113.9"}, 403),
        ("127.0.0.1", {"X-Forwarded-Proto": "https"}, 403),
        ("127.0.0.1", {"Via": "1.1 proxy"}, 403),
        ("127.0.0.1", {"Cf-Connecting-Ip": "203.0.113.9"}, 403),
        ("127.0.0.1", {"Origin": "https://lms.example.edu", "Referer": "https://lms.example.edu/"}, 200),
    ],
)
def test_development_answers_to_this_machine_alone(rf, address, headers, status):
    middleware = LoopbackOnly(lambda request: HttpResponse("secrets"))
    request = rf.get("/", headers=headers, REMOTE_ADDR=address, HTTP_HOST="localhost")
    if status == 200:
        assert middleware(request).status_code == 200
    else:
        with pytest.raises(PermissionDenied):
            middleware(request)


def test_what_no_browser_speaks_and_a_proxy_does_is_not_answered_in_development(rf):
    with pytest.raises(PermissionDenied):
        LoopbackOnly(lambda request: HttpResponse("secrets"))(rf.get("/", SERVER_PROTOCOL="HTTP/1.0"))


@pytest.mark.slow
def test_the_development_settings_have_that_middleware_first(tmp_path):
    script = "from django.conf import settings; print(settings.MIDDLEWARE[0], settings.ALLOWED_HOSTS)"
    told = run_python(script, tmp_path, DJANGO_SETTINGS_MODULE="course_admin.settings.dev")
    assert told.stdout.strip() == "course_admin.web.loopback.LoopbackOnly ['localhost', '127.0.0.1', '[::1]']"


@pytest.mark.slow
def test_one_file_of_environment_is_everybodys(tmp_path):
    """manage.py and processes read the same; the environment itself comes first."""
    file = tmp_path / "environment"
    lines = [f'{name}="{value}"' if name == "SECRET_KEY" else f"{name}={value}" for name, value in GOOD.items()]
    file.write_text("# of the installation\n\n" + "\n".join(lines) + "\nASSAY_TICK_SECONDS=33\n")
    script = "from django.conf import settings; print(settings.SETTINGS_MODULE, settings.ASSAY_TICK_SECONDS)"
    found = run_python(f"import course_admin.celery; {script}", tmp_path, ASSAY_ENV_FILE=str(file))
    assert found.stdout.split() == ["course_admin.settings.production", "33"], found.stderr
    manage = [sys.executable, "manage.py", "shell", "--no-imports", "-c", script]
    environ = {"PATH": os.environ["PATH"], "ASSAY_VAR": str(tmp_path / "var"), "ASSAY_ENV_FILE": str(file)}
    told = subprocess.run(manage, cwd=ROOT, env={**environ, "ASSAY_TICK_SECONDS": "44"}, capture_output=True, text=True)
    assert told.stdout.split() == ["course_admin.settings.production", "44"], told.stderr


@pytest.mark.parametrize(
    ("text", "words"), [(None, "which is no file"), ("export A=1\n", "Line 1 of"), ("A=1\njust words\n", "Line 2 of")]
)
@pytest.mark.slow
def test_a_file_of_environment_that_cannot_be_used_is_refused(tmp_path, text, words):
    file = tmp_path / "environment"
    if text is not None:
        file.write_text(text)
    told = run_python("import course_admin.wsgi", tmp_path, ASSAY_ENV_FILE=str(file))
    assert told.returncode != 0
    assert words in told.stderr


@pytest.mark.slow
def test_manage_says_that_its_settings_are_those_of_development(tmp_path):
    environ = {"PATH": os.environ["PATH"], "ASSAY_VAR": str(tmp_path / "var")}
    command = [sys.executable, "manage.py", "version"]  # as any command, and the shortest of them
    told = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True)
    assert told.returncode == 0
    assert "Settings of development" in told.stderr


@pytest.mark.slow
def test_the_file_of_the_database_is_its_owners_alone(tmp_path):
    """Whatever the umask, from the first moment, and the files beside it; an older one is mended."""
    from course_admin.private_sqlite.base import make_private

    file = tmp_path / "var" / "assay.sqlite3"
    script = (
        "import os; os.umask(0); import django; django.setup(); from django.core.management import call_command; "
        "call_command('migrate', 'contenttypes', verbosity=0); from pathlib import Path; "
        "print(*sorted(f'{p.name}:{p.stat().st_mode & 0o777:o}' for p in Path(os.environ['ASSAY_VAR']).glob('*sqlite3*')))"
    )
    told = run_python(script, tmp_path, DJANGO_SETTINGS_MODULE="course_admin.settings.dev")
    names = ["assay.sqlite3-shm:600", "assay.sqlite3-wal:600", "assay.sqlite3:600"]
    assert told.stdout.split() == names, told.stderr
    file.chmod(0o644)
    make_private(file)
    assert file.stat().st_mode & 0o777 == 0o600


def test_making_a_database_private_takes_no_lock_of_an_open_one(tmp_path):
    """Else another process takes itself for the last, and removes the log from below the connections that are open here."""
    from course_admin.private_sqlite.base import make_private

    file = tmp_path / "assay.sqlite3"
    make_private(file)
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE marks (points)")
    make_private(file)  # as every further connection does
    script = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT * FROM marks').fetchall(); c.close()"
    )
    subprocess.run([sys.executable, "-c", script, str(file)], check=True)
    assert file.with_name(f"{file.name}-wal").exists()
    connection.close()


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
    variables = set(re.findall(r'(?:_env\.\w+|_positive|_folder|_secret|_tokens|_pem)\("([A-Z_]+)"', source))
    guide = "".join(page.read_text() for page in sorted((ROOT / "docs").glob("*.md")))
    assert len(variables) > 15
    assert sorted(name for name in variables if f"`{name}`" not in guide) == []
