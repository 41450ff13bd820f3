"""`manage.py sync_grades`: here against there, a round, and a sentence for everything that did not go."""

import io

import pytest
from django.core.management import CommandError, call_command
from rich.console import Console

from course_admin.integrations.canvas.models import CanvasCourse
from course_admin.integrations.outbox.management.commands import sync_grades
from course_admin.integrations.outbox.models import DeliveryState, GradeDelivery
from tests.course_admin.integrations.canvas.fake_canvas import ASSIGNMENT, MIRA, set_points
from tests.factories import graded, make_attempt, make_enrollment


def test_a_dry_run_says_what_differs_and_sends_nothing(world, link, canvas, capsys):
    graded(make_attempt(make_enrollment(world.course, "jon"), world.assignment))
    call_command("sync_grades", "tinytorch", "--dry-run")
    jon, mira, end = capsys.readouterr().out.splitlines()
    assert mira == "Mira Okafor, Tensor: 50 here, no grade there; it is not there yet: it is sent."
    assert jon.startswith(
        "Jon, Tensor: 50 here, no grade there; it has no student there: it waits. Canvas has no student"
    )
    assert end == "Grades that differ: 2, of which would be sent: 1. Nothing was sent."
    assert (canvas.posts, GradeDelivery.objects.count()) == ([], 0)


@pytest.mark.slow
def test_it_sends_and_names_whoever_was_not_taken(world, link, canvas, capsys):
    graded(make_attempt(make_enrollment(world.course, "jon"), world.assignment))
    call_command("sync_grades", "tinytorch")
    said = capsys.readouterr()
    assert said.out == "0 waiting, 1 sent, 0 confirmed, 0 failed, 1 parked.\n"
    assert said.err.startswith("Jon, Tensor: Canvas has no student")
    assert list(canvas.posts[0]) == [str(MIRA)]
    call_command("sync_grades", "tinytorch")
    assert GradeDelivery.objects.filter(state=DeliveryState.CONFIRMED).count() == 1
    set_points("60")
    canvas.scores[ASSIGNMENT, MIRA] = 61.5
    capsys.readouterr()
    call_command("sync_grades", "tinytorch", "--dry-run")
    assert "60 here, 61.5 there; it was made or changed there: it is left to staff." in capsys.readouterr().out


@pytest.mark.medium
@pytest.mark.parametrize(
    ("options", "bars"),
    [
        (["--dry-run"], [("Assignments compared", 1, 1)]),
        ([], [("Assignments compared", 1, 1), ("Grades handed over", 1, 1)]),
    ],
)
def test_bars_show_how_far_it_is(world, link, canvas, monkeypatch, options, bars):
    drawn = []

    class Terminal(sync_grades.Progress):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **{**kwargs, "disable": False, "console": Console(file=io.StringIO())})
            drawn.append(self)

    monkeypatch.setattr(sync_grades, "Progress", Terminal)
    call_command("sync_grades", "tinytorch", *options)
    assert [(each.description, each.completed, each.total) for each in drawn[0].tasks] == bars


@pytest.mark.parametrize("options", [[], ["--dry-run"]])
def test_what_cannot_be_done_is_a_sentence(world, link, canvas, settings, options):
    with pytest.raises(CommandError, match="no course called"):
        call_command("sync_grades", "nothing", *options)
    settings.ASSAY_CANVAS_TOKENS = {}
    with pytest.raises(CommandError, match="holds no token"):
        call_command("sync_grades", "tinytorch", *options)
    if not options:
        with pytest.raises(CommandError, match="is paused"):
            call_command("sync_grades", "tinytorch")
    GradeDelivery.objects.all().delete()
    CanvasCourse.objects.all().delete()
    with pytest.raises(CommandError, match="linked to no LMS"):
        call_command("sync_grades", "tinytorch", *options)
