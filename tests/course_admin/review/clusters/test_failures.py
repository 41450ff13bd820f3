"""The pages of failures that look alike: who is together, who reads an answer, who got past it; split and merged by hand."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from course_admin.courses.models import AuditEvent, AuditKind, Role, Section
from course_admin.policy import Refused, standing_of
from course_admin.review.clusters import changes
from course_admin.review.clusters.overview import overview
from course_admin.review.desk.place import Place
from course_admin.review.models import Cluster, Failure
from course_admin.submissions.models import Attempt, Run
from grader.source import Tree, pack_archive
from grader.transport.archives import FolderArchives
from grader.verdict import Verdict
from tests.factories import NOW, graded, make_attempt, make_check, make_enrollment

HOUR = timedelta(hours=1)
SHAPES = "Your code raised ValueError: shapes ({n},) and (2,{n})\n" + (
    '  File "tensor.py", line 4, in __add__\n    return self.data + {name}.data\nLast calls: a Tensor + a Tensor'
)


def lost(number: int, message: str, **fields):
    return make_check(number, 0.0, verdict=Verdict.FAILED, message=message, **fields)


def fails(world, login: str, *checks, hours: int = 0, **fields) -> Attempt:
    student = world.course.enrollments.filter(github_login=login).first() or make_enrollment(world.course, login)
    attempt = make_attempt(student, world.assignment, received_at=NOW + hours * HOUR, **fields)
    graded(attempt, *(checks or (make_check(1),)), at=NOW + hours * HOUR)
    return attempt


def shapes(n: int, name: str = "other"):
    return lost(1, SHAPES.format(n=n, name=name)), lost(2, "the shape is not the expected one"), make_check(3)


@pytest.fixture
def ines(world, client):
    account = make_enrollment(world.course, "ines", Role.INSTRUCTOR).account
    client.force_login(account)
    return account


@pytest.fixture
def place(world, ines) -> Place:
    return Place(world.assignment, standing_of(ines))


@pytest.fixture
def kinds(world):
    """Ada, Bo and Cy broadcast wrongly; Di and Ed lose the sign; Flo has everything."""
    for number, login in enumerate(("ada", "bo", "cy")):
        fails(world, login, *shapes(number + 3, f"them{number}"))
    for login in ("di", "ed"):
        fails(world, login, make_check(1), make_check(2), lost(3, "the values are not the expected ones"))
    fails(world, "flo")


def who(place, at=NOW) -> dict[str, set[str]]:
    names = dict(place.course.enrollments.values_list("pk", "github_login"))
    return {each.key: {names[student] for student in each.students} for each in overview(place, at).clusters}


def keys(place) -> list[str]:
    return list(who(place))


def seen(place, key: str):
    return overview(place, NOW).of(key)


def url(rest: str = "") -> str:
    return f"/courses/tinytorch/assignments/m01/failures/{rest}"


@pytest.mark.medium
def test_those_who_fail_alike_are_together_the_most_first(place, kinds):
    assert list(who(place).values()) == [{"ada", "bo", "cy"}, {"di", "ed"}]
    found = overview(place, NOW)
    assert (len(found.runs), found.failing, found.covered) == (6, 5, 5)
    assert [each.percent for each in found.clusters] == [50, 33]


@pytest.mark.medium
def test_the_newest_graded_attempt_of_a_student_is_looked_at(world, place, kinds):
    fails(world, "ada", hours=1)
    assert list(who(place).values()) == [{"bo", "cy"}, {"di", "ed"}]


def test_a_run_is_signed_once(place, kinds):
    overview(place, NOW)
    before = set(Failure.objects.values_list("pk", flat=True))
    overview(place, NOW)
    assert set(Failure.objects.values_list("pk", flat=True)) == before
    assert Failure.objects.filter(signature=None).count() == 1


@pytest.mark.medium
def test_the_list_shows_shares_and_leads_to_each(client, place, kinds):
    html = client.get(url()).content.decode()
    assert "6 students handed in; 5 have a check that was not passed." in " ".join(html.split())
    for key in keys(place):
        assert url(f"{key}/") in html
        assert client.get(url(f"{key}/")).status_code == 200
    assert client.get(url("s999/")).status_code == 404


@pytest.mark.medium
def test_a_ta_sees_those_of_their_section_alone(world, kinds):
    tuesday = Section.objects.create(course=world.course, name="Tuesday")
    world.course.enrollments.filter(github_login__in=["ada", "di"]).update(section=tuesday)
    tess = make_enrollment(world.course, "tess", Role.TA, section=tuesday).account
    assert sorted(map(sorted, who(Place(world.assignment, standing_of(tess))).values())) == [["ada"], ["di"]]


def report(client, world, login: str) -> str:
    student = world.course.enrollments.get(github_login=login)
    newest = Attempt.objects.of(student, world.assignment).order_by("-received_at").first()
    client.force_login(student.account)
    return client.get(f"/attempts/{newest.public_id}/").content.decode()


@pytest.mark.slow
def test_an_answer_reaches_everybody_in_it_now_and_whoever_falls_into_it_later(client, world, place, kinds):
    client.post(url(f"{keys(place)[0]}/answer/"), {"title": "Broadcasting", "text": "Sum over the stretched axis."})
    fails(world, "gus", *shapes(9, "late"), hours=2)
    for login, reads in {"ada": True, "cy": True, "gus": True, "di": False, "flo": False}.items():
        assert ("Sum over the stretched axis." in report(client, world, login)) == reads, login


@pytest.mark.medium
def test_of_a_hidden_check_an_answer_tells_its_name_and_no_word_of_its_message(client, world, place):
    for login in ("ada", "bo"):
        fails(world, login, lost(1, "canary is not the expected one", visibility="hidden"))
    client.post(url(f"{keys(place)[0]}/answer/"), {"text": "Look at axis 0."})
    html = report(client, world, "ada")
    assert "Look at axis 0." in html
    assert "Check 1" in html
    assert "canary" not in html


@pytest.mark.medium
def test_who_got_past_it_since_is_counted(client, world, place, kinds):
    client.post(url(f"{keys(place)[0]}/answer/"), {"text": "Sum over the stretched axis."})
    fails(world, "ada", hours=1)
    fails(world, "gus", *shapes(9), hours=1)
    cluster = seen(place, f"c{Cluster.objects.get().pk}")
    assert (len(cluster.students), cluster.met, cluster.past) == (3, 4, 1)
    assert "1 of 4" in client.get(url()).content.decode()
    assert "Sum over" not in report(client, world, "ada")


def test_an_answer_of_a_ta_notes_the_whole_class(world, place, kinds):
    tuesday = Section.objects.create(course=world.course, name="Tuesday")
    world.course.enrollments.filter(github_login__in=["ada"]).update(section=tuesday)
    tess = make_enrollment(world.course, "tess", Role.TA, section=tuesday).account
    mine = overview(Place(world.assignment, standing_of(tess)), NOW).clusters[0]
    kept = changes.answer(assignment=world.assignment, seen=mine, title="", text="Sum.", actor=tess, at=NOW)
    assert kept.met.count() == 3


@pytest.mark.medium
def test_an_answer_can_be_changed_and_taken_back_and_the_log_keeps_it(client, world, place, kinds):
    client.post(url(f"{keys(place)[0]}/answer/"), {"text": "First."})
    key = f"c{Cluster.objects.get().pk}"
    client.post(url(f"{key}/answer/"), {"text": "Second.", "title": "Broadcasting"})
    client.post(url(f"{key}/withdraw/"))
    assert "Second." not in report(client, world, "ada")
    events = AuditEvent.objects.filter(kind=AuditKind.COMMENT).order_by("pk")
    assert [event.after["answer"] for event in events] == ["First.", "Second.", ""]


@pytest.mark.medium
@pytest.mark.parametrize(("text", "words"), [(" ", "is empty"), ("x" * 4_001, "4000 fit")])
def test_what_cannot_be_answered_is_named_and_nothing_is_kept(client, place, kinds, text, words):
    answer = client.post(url(f"{keys(place)[0]}/answer/"), {"title": "Strides", "text": text}, follow=True)
    html = answer.content.decode()
    assert words in html
    assert (f">{text}</textarea>" in html, 'value="Strides"' in html) == (True, True)
    assert not Cluster.objects.exists()


@pytest.mark.medium
def test_a_cluster_is_split_by_hand_and_stays_so(client, world, place, kinds):
    first = seen(place, keys(place)[0])
    chosen = first.signatures[0].digest
    client.post(url(f"{first.key}/split/"), {"signature": [chosen]})
    fails(world, "gus", make_check(1), lost(2, "the shape is not the expected one"), make_check(3))
    assert sorted(map(sorted, who(place).values())) == [["ada", "bo", "cy"], ["ada", "bo", "cy", "gus"], ["di", "ed"]]
    assert "What helps" not in report(client, world, "gus")


@pytest.mark.medium
@pytest.mark.parametrize("count", [0, 2])
def test_nothing_and_everything_cannot_be_split_off(client, place, kinds, count):
    first = seen(place, keys(place)[0])
    data = {"signature": [each.digest for each in first.signatures[:count]]}
    answer = client.post(url(f"{first.key}/split/"), data, follow=True)
    assert "Choose some of the ways to fail" in answer.content.decode()
    assert not Cluster.objects.exists()


@pytest.mark.medium
def test_clusters_are_merged_by_hand_and_both_answers_are_read(client, world, place, kinds):
    one, two = keys(place)
    client.post(url(f"{one}/answer/"), {"text": "About shapes."})
    client.post(url(f"{two}/answer/"), {"text": "About signs."})
    kept = [f"c{each.pk}" for each in Cluster.objects.order_by("pk")]
    fails(world, "ed", hours=1)
    client.post(url(f"{kept[0]}/merge/"), {"other": kept[1]})
    assert who(place) == {kept[0]: {"ada", "bo", "cy", "di"}}
    assert (seen(place, kept[0]).met, seen(place, kept[0]).past) == (5, 1)
    html = report(client, world, "di")
    assert "About shapes." in html
    assert "About signs." in html


@pytest.mark.medium
@pytest.mark.parametrize(("other", "words"), [("itself", "merged with itself"), ("s999", "not there any more")])
def test_what_cannot_be_merged_is_named(client, place, kinds, other, words):
    key = keys(place)[0]
    answer = client.post(url(f"{key}/merge/"), {"other": key if other == "itself" else other}, follow=True)
    assert words in answer.content.decode()
    assert not Cluster.objects.exists()


@pytest.mark.medium
def test_a_student_refused(world, place, kinds):
    one, two = (seen(place, key) for key in keys(place))
    told = {"assignment": world.assignment, "seen": one, "actor": world.student.account, "at": NOW}
    for ask in (
        lambda: changes.answer(title="", text="x", **told),
        lambda: changes.split(chosen={one.signatures[0].digest}, **told),
        lambda: changes.merge(other=two, **told),
    ):
        with pytest.raises(Refused, match="may answer an assignment's failures"):
            ask()
    assert not Cluster.objects.exists()


def archive(text: str) -> str:
    tree = Tree.of({"tensor.py": text.encode()})
    return FolderArchives(settings.ASSAY_ARCHIVES).put(pack_archive(tree))


def test_examples_show_the_line_and_two_can_be_compared(client, world, place):
    code = "class Tensor:\n    def __add__(self, {0}):\n        # <b>{0}</b>\n        return self.data + {0}.data\n"
    pair = [
        fails(world, login, *shapes(3, name), archive_sha256=archive(code.format(name)))
        for login, name in (("ada", "other"), ("bo", "them"))
    ]
    html = client.get(url(f"{keys(place)[0]}/")).content.decode()
    assert '<span class="hit"><i>4</i>         return self.data + them.data' in html
    assert "&lt;b&gt;them&lt;/b&gt;" in html
    compared = client.get(
        f"/courses/tinytorch/assignments/m01/failures/compare/{pair[0].public_id}/{pair[1].public_id}/"
    )
    assert "<i>+</i>         return self.data + them.data" in compared.content.decode()


@pytest.mark.medium
def test_only_what_is_in_a_cluster_is_regraded_and_never_without_a_reason(client, world, place, kinds):
    address = url(f"{keys(place)[1]}/")
    assert "Regrade only these 2 submissions" in client.get(address).content.decode()
    answer = client.post(f"{address}regrade/", {"why": " "}, follow=True)
    assert "Say why" in answer.content.decode()
    assert not Run.objects.filter(is_bulk=True).exists()
    answer = client.post(f"{address}regrade/", {"why": "check 3 was wrong"}, follow=True)
    assert "2 runs were queued, behind what students push." in answer.content.decode()
    again = Run.objects.filter(is_bulk=True)
    assert {run.attempt.student.github_login for run in again} == {"di", "ed"}
    event = AuditEvent.objects.get(subject="regrade of Tensor")
    assert (event.reason, event.after) == ("check 3 was wrong", {"runs": 2, "attempts": "chosen"})


@pytest.mark.slow
def test_a_comparison_shows_nobody_anothers_section(client, world, place, kinds):
    tuesday = Section.objects.create(course=world.course, name="Tuesday")
    client.force_login(make_enrollment(world.course, "tess", Role.TA, section=tuesday).account)
    one, other = (attempt.public_id for attempt in Attempt.objects.all()[:2])
    assert client.get(f"/courses/tinytorch/assignments/m01/failures/compare/{one}/{other}/").status_code == 404


@pytest.mark.medium
def test_without_files_an_example_says_so(client, place, kinds):
    assert "The line cannot be shown" in client.get(url(f"{keys(place)[0]}/")).content.decode()


@pytest.mark.slow
@pytest.mark.rows
def test_the_number_of_questions_is_constant(client, world, place):
    asked = []
    for first in (0, 3):
        for number in range(first, first * 3 + 3):
            fails(world, f"s{number}", *shapes(number))
        client.get(url())  # signs
        counts = []
        for page in (url(), url(f"{keys(place)[0]}/")):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(page).status_code == 200
            counts.append(len(queries))
        asked.append(counts)
    assert asked[0] == asked[1]
