"""What we say to a platform is what another library says in our place: keys, answers, scores, results and members."""

import json

import pytest
from pylti1p3.deep_link import DeepLink
from pylti1p3.deep_link_resource import DeepLinkResource
from pylti1p3.grade import Grade
from pylti1p3.lineitem import LineItem

from course_admin.courses.models import Enrollment
from course_admin.integrations.lti.advantage.lms import LtiLms
from course_admin.integrations.lti.launch.claims import DEEP
from tests.course_admin.integrations.lti.fake_platform import DEPLOYMENT, HOST, SUBJECT
from tests.course_admin.integrations.lti.oracle import Registered, grades_of_another, members_of_another
from tests.course_admin.integrations.lti.test_deep_linking import ask, choose, instructor, read_answer
from tests.course_admin.integrations.lti.test_grades import item, play
from tests.factories import make_enrollment

__all__ = ["instructor", "item"]

CANVAS = "https://canvas.instructure.com/lti/submission"


def test_our_key_set_says_of_our_key_what_another_library_says(lti, fake):
    (ours,) = fake.tool_keys["keys"]
    theirs = dict(Registered(fake).get_jwk(Registered(fake).get_tool_public_key()))
    assert {name: ours[name] for name in ("kty", "n", "e", "alg", "use")} == {
        name: theirs[name] for name in ("kty", "n", "e", "alg", "use")
    }


@pytest.mark.medium
@pytest.mark.rows
def test_another_library_sends_the_same_score_to_the_same_place(lti, fake, item):
    play(lti)
    fake.scores.clear()
    (ours,) = [each for each in fake.asked if each.path.endswith("/scores")]
    said = json.loads(ours.get_data())
    grade = Grade().set_user_id(said["userId"]).set_comment(said["comment"]).set_timestamp(said["timestamp"])
    grade.set_score_given(said["scoreGiven"]).set_score_maximum(said["scoreMaximum"])
    grade.set_activity_progress("Completed").set_grading_progress("FullyGraded")
    grades_of_another(fake, 7).put_grade(grade)
    theirs = fake.asked[-1]
    assert (theirs.path, theirs.args, theirs.content_type) == (ours.path, ours.args, ours.content_type)
    assert json.loads(theirs.get_data()) == {name: value for name, value in said.items() if name != CANVAS}
    assert fake.scores[7, SUBJECT]["scoreGiven"] == 50


@pytest.mark.slow
def test_another_library_reads_the_same_results_over_pages(world, lti, fake, item):
    lea = make_enrollment(world.course, "lea")
    Enrollment.objects.filter(pk=lea.pk).update(lti_subject="lea")
    play(lti)
    fake.scores[7, "lea"] = {**fake.scores[7, SUBJECT], "userId": "lea", "scoreGiven": 12.5}
    fake.per_page = 1
    with LtiLms(lti, wait=lambda seconds: None) as lms:
        ours = {subject: float(points) for subject, points in lms.read(fake.line_item(7)).items()}
    theirs = {row["userId"]: row["resultScore"] for row in grades_of_another(fake, 7).get_grades()}
    assert ours == theirs == {SUBJECT: 50, "lea": 12.5}


@pytest.mark.medium
def test_another_library_finds_the_same_members_over_pages(lti, fake):
    for subject, role in (("a", "Learner"), ("b", "Instructor"), ("c", "Learner")):
        fake.knows(subject, role, email=f"{subject}@example.edu")
    fake.per_page = 2
    with LtiLms(lti, wait=lambda seconds: None) as lms:
        ours = {each.person.remote_id: each.person.email for each in lms.members()}
    assert ours == {row["user_id"]: row["email"] for row in members_of_another(fake)}
    assert len(ours) == 3


@pytest.mark.medium
def test_our_answer_that_chooses_an_assignment_is_another_librarys(client, fake, world, instructor):
    answer = choose(client, ask(client, fake), world.assignment)
    answer.wsgi_request.issuer = fake.address
    ours = read_answer(client, answer)
    name = f"a_{world.assignment.pk}"
    line = LineItem().set_label("Tensor").set_score_maximum(100).set_resource_id(name).set_tag("grade")
    link = DeepLinkResource().set_title("Tensor").set_url(f"{HOST}/lti/launch/").set_lineitem(line)
    link.set_custom_params({"assay_assignment": name})
    (settings,) = [value for key, value in fake.asks_to_choose().items() if key.startswith(DEEP)]
    theirs = DeepLink(Registered(fake), DEPLOYMENT, settings).get_message_jwt([link])
    assert set(ours) == set(theirs)
    drawn = {"nonce", "iat", "exp", "aud", f"{DEEP}content_items"}
    assert {key: ours[key] for key in set(ours) - drawn} == {key: theirs[key] for key in set(theirs) - drawn}
    assert [ours["aud"]] == theirs["aud"]
    (ours_item,), (theirs_item,) = ours[f"{DEEP}content_items"], theirs[f"{DEEP}content_items"]
    for key in ("type", "title", "url", "custom"):
        assert ours_item[key] == theirs_item[key]
    assert ours_item["lineItem"] | theirs_item["lineItem"] == ours_item["lineItem"]
