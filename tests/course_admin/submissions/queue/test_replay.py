"""A recorded run, written by the service with all that it was made of, and judged again by the engine alone."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from course_admin.assignments.suites.versions import register_suite
from course_admin.submissions.models import Run
from course_admin.submissions.queue import dispatch
from course_admin.submissions.queue.record import record
from grader.cli import main
from grader.source import Tree, pack_archive
from grader.suite.manifest import load_suite
from grader.suite.replay_bundle import ReplayBundle
from grader.supervisor.run import grade
from grader.transport.archives import FolderArchives
from tests.factories import NOW, lease, make_assignment, make_attempt, make_run
from tests.grader.engines import engine

SUITE = {
    "suite.toml": 'title = "Tiny"\npackage = "tiny"\nmodules = ["tiny.core"]\n',
    "test_tiny.py": """
from gradescope_utils.autograder_utils.decorators import weight
from tiny.core import double


@weight(5)
def test_doubles_drawn_numbers(rng):
    \"\"\"Doubling gives twice the number, up to 1000.\"\"\"
    assert double(number := int(rng.integers(2000))) == 2 * number
""",
}
FAILING_SEED, PASSING_SEED = 1, 3  # what they draw is above, and below, 1000
TREE = Tree.of({"tiny/__init__.py": b"", "tiny/core.py": b"def double(x):\n    return 2 * min(x, 1000)\n"})


@pytest.fixture
def run(world, tmp_path, settings, request) -> Run:
    """Return a run that an engine has judged: whether it passed depends on what its seed draws."""
    folder = tmp_path / "suites" / "tiny"
    folder.mkdir(parents=True)
    for name, text in SUITE.items():
        (folder / name).write_text(text)
    settings.ASSAY_SUITES, settings.ASSAY_ARCHIVES = tmp_path / "suites", tmp_path / "archives"
    suite = register_suite(name="tiny", at=timezone.now())
    sha256 = FolderArchives(settings.ASSAY_ARCHIVES).put(pack_archive(TREE))
    assignment = make_assignment(world.course, "tiny", suite=suite)
    attempt = make_attempt(world.student, assignment, tree_digest=TREE.digest, archive_sha256=sha256)
    run = dispatch.enqueue(attempt=attempt, seed=getattr(request, "param", FAILING_SEED), at=NOW)
    result = grade(TREE, load_suite(folder), engine("bubblewrap"), seed=run.seed)
    assert record(run=run.public_id, token=lease(run), document=result.to_json(), at=timezone.now())
    (folder / "test_tiny.py").write_text("")  # what is kept counts, not what lies in the folder now
    return run


def bundle_of(run: Run, folder: Path) -> Path:
    out = StringIO()
    path = folder / "run.zip"
    call_command("replay", run.public_id, "-o", str(path), stdout=out)
    assert f"python -m grader replay {path}" in out.getvalue()
    return path


@pytest.mark.bubblewrap
@pytest.mark.slow
@pytest.mark.parametrize(("run", "points"), [(FAILING_SEED, 0), (PASSING_SEED, 5)], indirect=["run"])
def test_a_replay_draws_the_same_inputs_and_agrees(run, points, tmp_path, capsys):
    assert main(["replay", str(bundle_of(run, tmp_path)), "--sandbox", "bubblewrap"]) == 0
    assert capsys.readouterr().out == f"The replay gives the same points: {points} of 5.\n"
    assert Run.objects.count() == 1


@pytest.mark.bubblewrap
@pytest.mark.slow
def test_a_check_that_differs_is_named_and_the_command_fails(run, tmp_path, capsys):
    run.refresh_from_db()
    run.provenance["seed"] = PASSING_SEED
    run.save(update_fields=["provenance"])
    assert main(["replay", str(bundle_of(run, tmp_path)), "--sandbox", "bubblewrap"]) == 1
    said = capsys.readouterr().out
    assert "test_tiny.py::test_doubles_drawn_numbers: failed, 0 of 5 then; passed, 5 of 5 now" in said
    assert "1 of 1 checks differ" in said


@pytest.mark.bubblewrap
def test_the_service_writes_a_bundle_and_runs_nothing(run, tmp_path, monkeypatch):
    monkeypatch.setattr("grader.sandbox.engines.default_engine", None)
    assert ReplayBundle.read(bundle_of(run, tmp_path)).tree().digest == TREE.digest


@pytest.mark.bubblewrap
def test_an_archive_that_is_gone_is_said_and_nothing_written(run, settings, tmp_path):
    settings.ASSAY_ARCHIVES = tmp_path / "elsewhere"
    with pytest.raises(CommandError, match=r"could not be written: the archive .* cannot be read") as problem:
        bundle_of(run, tmp_path)
    assert problem.value.returncode == 3
    assert not (tmp_path / "run.zip").exists()


def test_only_a_graded_run_is_replayed(world):
    run = make_run(make_attempt(world.student, world.assignment))
    for name in (run.public_id, "run_0"):
        with pytest.raises(CommandError, match="is no graded run"):
            call_command("replay", name)
