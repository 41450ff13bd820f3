"""The pages of similar submissions, and the comparison behind them: what is compared with what, and who may."""

import pytest
from django.conf import settings

from course_admin.assignments.models import SuiteVersion
from course_admin.courses.models import AuditEvent, AuditKind, Role
from course_admin.policy import Refused
from course_admin.review.models import AddedText, Comparison
from course_admin.review.similarity import compare as comparing
from course_admin.review.tasks import compare as compare_task
from grader.source import Tree, pack_archive
from grader.suite.bundle import REFERENCE
from grader.transport.archives import FolderArchives
from tests.course_admin.review.similarity.solutions import as_file, disguised, solution
from tests.factories import NOW, make_attempt, make_enrollment

FILE = "tinytorch/core/tensor.py"
GIVEN = as_file(solution(999)[:4])


def stored(files: dict[str, str]) -> str:
    tree = Tree.of({path: text.encode() for path, text in files.items()})
    return FolderArchives(settings.ASSAY_ARCHIVES).put(pack_archive(tree))


def hand_in(world, login: str, text: str, path: str = FILE, **fields):
    student = world.course.enrollments.filter(github_login=login).first() or make_enrollment(world.course, login)
    return make_attempt(student, world.assignment, archive_sha256=stored({path: text}), **fields)


@pytest.fixture
def ines(world, client):
    account = make_enrollment(world.course, "ines", Role.INSTRUCTOR).account
    client.force_login(account)
    return account


@pytest.fixture
def suite(world) -> None:
    """The suite names its file, and its reference is given."""
    manifest = 'title = "Tensor"\npackage = "tinytorch"\nmodules = ["tinytorch.core.tensor"]\n'
    archive = stored({"m01_tensor/suite.toml": manifest, f"{REFERENCE}/{FILE}": GIVEN})
    SuiteVersion.objects.update(archive_sha256=archive)
    world.assignment.suite.refresh_from_db()


@pytest.fixture
def three(world, suite):
    """Ada wrote her own, Bo copied it and made it look different, Cy wrote another; all have what is given."""
    texts = {"ada": solution(1), "bo": disguised(solution(1), 1, retyped=2), "cy": solution(2)}
    return {login: hand_in(world, login, GIVEN + as_file(text)) for login, text in texts.items()}


def url(rest: str = "") -> str:
    return f"/courses/tinytorch/assignments/m01/similarity/{rest}"


@pytest.fixture
def asked(client, world, ines, sent, django_capture_on_commit_callbacks):
    def ask() -> list[set[str]]:
        with django_capture_on_commit_callbacks(execute=True):
            client.post(url("compare/"))
        assert (sent[-1].task, sent[-1].kwargs) == (comparing.COMPARE, {"assignment": world.assignment.pk})
        compare_task(**sent[-1].kwargs)
        return [set(pair["names"]) for pair in client.get(url()).context["pairs"]]

    return ask


def test_a_copy_is_found_and_what_is_given_makes_no_pair(three, asked, world):
    assert asked() == [{"Ada", "Bo"}]
    comparison = Comparison.objects.get()
    assert (comparison.texts, comparison.missing) == (3, 0)
    assert AuditEvent.objects.filter(kind=AuditKind.GRADE, subject=f"comparison of {world.assignment}").exists()


def test_without_the_reference_what_is_given_would_make_pairs(three, asked):
    SuiteVersion.objects.update(archive_sha256="c" * 64)
    assert len(asked()) == 3


def test_what_the_course_says_was_given_never_counts(client, three, asked):
    SuiteVersion.objects.update(archive_sha256="c" * 64)
    client.post(url("texts/"), {"kind": "given", "title": "Lecture 3", "text": GIVEN})
    assert asked() == [{"Ada", "Bo"}]


@pytest.mark.medium
def test_a_solution_that_was_added_is_compared(client, three, asked):
    leaked = as_file(disguised(solution(2), 5, retyped=1))
    client.post(url("texts/"), {"kind": "solution", "title": "found on the web", "text": leaked})
    assert {"Cy", "found on the web"} in asked()
    client.post(url(f"texts/{AddedText.objects.get().pk}/remove/"))
    assert asked() == [{"Ada", "Bo"}]


def test_the_newest_submission_of_each_is_compared(world, three, asked):
    hand_in(world, "bo", GIVEN + as_file(solution(3)), received_at=NOW.replace(hour=13))
    assert asked() == []


def test_a_group_is_no_pair_of_its_own(world, suite, asked):
    partner = make_enrollment(world.course, "partner")
    hand_in(world, "ada", as_file(solution(1)), partners=[partner])
    assert asked() == []
    assert Comparison.objects.get().texts == 1


def test_files_that_are_not_at_hand_are_counted(world, three, asked):
    make_attempt(make_enrollment(world.course, "di"), world.assignment)
    assert asked() == [{"Ada", "Bo"}]
    assert Comparison.objects.get().missing == 1


def test_nothing_is_compared_that_nobody_asked_for(world, three):
    assert comparing.compare(assignment=world.assignment, at=NOW) == 0
    assert not Comparison.objects.exists()


def test_matching_lines_stand_side_by_side(client, three, asked):
    asked()
    html = client.get(url(f"{three['ada'].public_id}/{three['bo'].public_id}/")).content.decode()
    assert html.count(' class="hit"><i>') > 40
    given = GIVEN.splitlines()[4].strip()
    assert f'class="hit"><i>5</i>     {given}' not in html
    assert "Lines that match" in html


@pytest.mark.parametrize("name", ["text-999", "text-x", "nobody", "att_2222222222222222"])
def test_what_is_no_text_of_the_assignment_does_not_exist(client, ines, three, name):
    assert client.get(url(f"{three['ada'].public_id}/{name}/")).status_code == 404


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"kind": "solution", "title": "", "text": "a"}, "This field is required."),
        ({"kind": "solution", "title": "a", "text": " "}, "needs a title and some lines"),
        ({"kind": "rumour", "title": "a", "text": "a"}, "not one of the available choices"),
        ({"kind": "solution", "title": "a", "text": "x" * 200_001}, "at most 200000 characters"),
    ],
    ids=["no title", "no text", "no kind", "too long"],
)
def test_what_cannot_be_added_is_named_and_nothing_is_kept(client, ines, world, data, words):
    html = client.post(url("texts/"), data, follow=True).content.decode()
    assert words in html
    assert f"{data['text']}</textarea>" in html  # what was typed is still there
    assert not AddedText.objects.exists()


def test_a_ta_neither_sees_nor_asks(client, world, three):
    tess = make_enrollment(world.course, "tess", Role.TA).account
    client.force_login(tess)
    assert client.get(url()).status_code == 404
    with pytest.raises(Refused, match="may compare submissions"):
        comparing.ask_for_comparison(assignment=world.assignment, actor=tess, at=NOW)
    with pytest.raises(Refused, match="may compare submissions"):
        comparing.add_text(assignment=world.assignment, kind="given", title="a", text="b", actor=tess, at=NOW)
    assert not Comparison.objects.exists()
