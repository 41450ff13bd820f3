"""A recorded run, written by the service with all that it was made of, and judged again by the engine alone."""

from io import StringIO
from pathlib import Path

import pytest
from django.core import serializers
from django.core.management import CommandError, call_command
from django.utils import timezone

from course_admin.assignments.suites.versions import register_suite
from course_admin.submissions.models import Run
from course_admin.submissions.queue import dispatch
from course_admin.submissions.queue.record import record
from grader.cli.main import main
from grader.points import points_text
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


#: Thirds of a point, on tests of their own and as cases of one, and a budget that leaves a part of its points.
PARTS = {
    "suite.toml": 'title = "Tiny"\npackage = "tiny"\nmodules = ["tiny.core"]\nreference = "reference"\npoints = 4\n',
    "reference/tiny/__init__.py": "",
    "reference/tiny/core.py": "def double(x):\n    for _ in range(300_000): pass\n    return 2 * x\n",
    "test_tiny.py": """
import pytest
from gradescope_utils.autograder_utils.decorators import partial_credit, weight
from marks import budget, in_candidate
from tiny.core import double


@in_candidate
def work(x):
    return double(x)


@weight(1 / 3)
def test_first():
    assert double(1) == 2


@weight(1 / 3)
def test_second():
    assert double(1001) == 2002


@partial_credit(1 / 3)
def test_third(set_score):
    set_score(sum(double(x) == 2 * x for x in (1, 2, 1001)) / 9)


@weight(1)
@pytest.mark.parametrize("x", [1, 2, 1001])
def test_cases(x):
    assert double(x) == 2 * x


@weight(2)
@budget(cpu=1.25)
def test_cost(measure):
    measure(work, inputs=lambda rng: (int(rng.integers(1000)),), answer=lambda x: 2 * x)
""",
}
#: Wrong beyond 1000, and 2.2 times as dear: 1.76 times the budget, within the step that keeps half.
SLOW_TREE = Tree.of(
    {
        "tiny/__init__.py": b"",
        "tiny/core.py": b"def double(x):\n    for _ in range(660_000): pass\n    return 2 * min(x, 1000)\n",
    }
)


@pytest.fixture
def run(world, tmp_path, settings, request) -> Run:
    """Return a run that an engine has judged: whether it passed depends on what its seed draws."""
    return graded_run(world, tmp_path, settings, SUITE, TREE, getattr(request, "param", FAILING_SEED))


def graded_run(world, tmp_path, settings, files, tree, seed) -> Run:
    folder = tmp_path / "suites" / "tiny"
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    settings.ASSAY_SUITES, settings.ASSAY_ARCHIVES = tmp_path / "suites", tmp_path / "archives"
    suite = register_suite(name="tiny", at=timezone.now())
    sha256 = FolderArchives(settings.ASSAY_ARCHIVES).put(pack_archive(tree))
    assignment = make_assignment(world.course, "tiny", suite=suite)
    attempt = make_attempt(world.student, assignment, tree_digest=tree.digest, archive_sha256=sha256)
    run = dispatch.enqueue(attempt=attempt, seed=seed, at=NOW)
    result = grade(tree, load_suite(folder), engine("bubblewrap"), seed=run.seed)
    assert record(run=run.public_id, token=lease(run), document=result.to_json(), at=timezone.now())
    (folder / "test_tiny.py").write_text("")  # what is kept counts, not what lies in the folder now
    return run


def restored(run: Run) -> Run:
    """Return the run as a copy of the database gives it back: everything of it was text in between."""
    copy = serializers.serialize("json", [run, *run.checks.all()])
    pk = run.pk
    run.delete()
    for row in serializers.deserialize("json", copy):
        row.save()
    return Run.objects.get(pk=pk)


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
def test_a_replay_agrees_with_thirds_and_a_part_of_a_budget(world, tmp_path, settings, capsys):
    run = graded_run(world, tmp_path, settings, PARTS, SLOW_TREE, 1)
    run = restored(Run.objects.get(pk=run.pk))
    earned = {check.test_id.partition("::")[2]: check.points for check in run.checks.all()}
    assert list(map(str, earned.values())) == ["0.3300", "0.0000", "0.2200", "0.3300", "0.3400", "0.0000", "1.0000"]
    assert run.score == sum(earned.values())
    assert (points_text(run.score), points_text(run.max_score)) == ("2.22", "4")
    assert main(["replay", str(bundle_of(run, tmp_path)), "--sandbox", "bubblewrap"]) == 0
    assert capsys.readouterr().out == "The replay gives the same points: 2.22 of 4.\n"


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


@pytest.mark.slow
@pytest.mark.bubblewrap
def test_the_service_writes_a_bundle_and_runs_nothing(run, tmp_path, monkeypatch):
    monkeypatch.setattr("grader.sandbox.engines.default_engine", None)
    assert ReplayBundle.read(bundle_of(run, tmp_path)).tree().digest == TREE.digest


@pytest.mark.slow
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
