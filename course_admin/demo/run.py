"""The demonstration from beginning to end."""

import contextlib
import fcntl
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.utils import timezone
from rich.console import Console
from rich.table import Table

from course_admin.courses.models import Course
from course_admin.demo import progress
from course_admin.demo.course import SLUG, Login, create_course, full_name
from course_admin.demo.hosting import DemoHost
from course_admin.demo.processes import DemoError, Processes, choose_port, start_web, start_workers
from course_admin.demo.students import STUDENTS
from course_admin.gradebook.exports.formats.long_csv import gradebook_csv
from course_admin.gradebook.exports.gradescope import results_json
from course_admin.settings import env

MARKER = ".assay-demo"  # in the folder's first level: this folder is ours to empty
SECONDS = 900


def run(console: Console, *, port: int | None, serve: bool) -> bool:
    """Show everything; return whether every attempt ended as its author planned. Raises DemoError."""
    signal.signal(signal.SIGTERM, _end)
    with fresh_folder(env.VAR) as folder:
        processes = Processes(folder / "logs")
        try:
            address, logins = _set_up(console, processes, folder, choose_port(port))
            progress.follow(console, seconds=SECONDS, check=processes.check)
            is_planned = _show_results(console, folder, address, logins)
            if serve:
                console.print(f"\nServing at {address}/ until Ctrl-C.")
                _serve(processes)
            return is_planned
        finally:
            processes.stop()


def _end(*_: object) -> None:
    raise KeyboardInterrupt


def _serve(processes: Processes) -> None:
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            time.sleep(1)
            processes.check()


@contextmanager
def fresh_folder(folder: Path) -> Iterator[Path]:
    """Give out the demonstration's folder, emptied, to one demonstration at a time."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f".{folder.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as problem:
            raise DemoError(f"Another demonstration is running in {folder}; end it first.") from problem
        others = [path for path in folder.iterdir() if path.name != "secret_key"]
        if others and not (folder / MARKER).exists():
            raise DemoError(f"The folder {folder} holds something else; the demonstration needs one of its own.")
        for path in others:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        (folder / MARKER).touch()
        yield folder


def _set_up(console: Console, processes: Processes, folder: Path, port: int) -> tuple[str, list[Login]]:
    """Make the database, the course and the repositories, start everything, and push."""
    console.print(f"Setting up in {folder}")
    call_command("migrate", verbosity=0)
    logins = create_course(at=timezone.now())
    address = start_web(processes, port)
    start_workers(processes, folder / "beat")
    host = DemoHost(folder / "host", folder / "students", f"{address}/hooks/github/", settings.ASSAY_WEBHOOK_SECRETS[0])
    for number, student in enumerate(STUDENTS, 1):
        host.create(student, full_name(student), 880_412_000 + number)
    for student in STUDENTS:
        said = host.push(student, student.files(), "Module 01")
        console.print(
            f"{student.name} pushed to {full_name(student)}: {said}", markup=False, highlight=False, soft_wrap=True
        )
    return address, logins


def _show_results(console: Console, folder: Path, address: str, logins: list[Login]) -> bool:
    attempts = progress.newest_attempts()
    table, is_planned = progress.results_table(attempts)
    console.print(table)
    console.print("Written:")
    for path in write_files(folder / "exports"):
        console.print(f"  {path}", markup=False, highlight=False, soft_wrap=True)
    console.print(_login_table(logins))
    console.print(f"Reports: {address}/    Back office: {address}/admin/")
    return is_planned


def write_files(folder: Path) -> list[Path]:
    """Write a results.json for each graded attempt, and the gradebook; return the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for login, attempt in progress.newest_attempts().items():
        graded = attempt.shown_run
        if graded is not None and graded.is_graded:
            paths.append(folder / f"{login}-results.json")
            paths[-1].write_text(results_json(attempt, graded), encoding="utf-8")
    paths.append(folder / "gradebook.csv")
    paths[-1].write_text("".join(gradebook_csv(Course.objects.get(slug=SLUG))), encoding="utf-8", newline="")
    return paths


def _login_table(logins: list[Login]) -> Table:
    table = Table(title="Log-ins of this demonstration")
    for heading in ("name", "password", "role"):
        table.add_column(heading)
    for login in logins:
        table.add_row(login.name, login.password, login.role)
    return table
