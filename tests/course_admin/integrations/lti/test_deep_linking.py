"""An assignment is chosen for a platform's course: by whom, once, and an answer that the platform and another library read."""

import html
import re
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest

from course_admin.assignments.models import Assignment
from course_admin.courses.models import Enrollment, Role
from course_admin.identity.models import IdentityKind, ProvenIdentity
from course_admin.integrations.lti.keys import rotate
from course_admin.integrations.lti.launch.claims import CORE, DEEP
from tests.course_admin.integrations.lti.fake_platform import CLIENT_ID, DEPLOYMENT, HOST, SUBJECT, now
from tests.course_admin.integrations.lti.oracle import believed_by_another


@pytest.fixture
def instructor(world, lti) -> Enrollment:
    """Return who leads the course here and is known by their launches."""
    Enrollment.objects.filter(pk=world.student.pk).update(role=Role.INSTRUCTOR)
    who = {"kind": IdentityKind.LTI, "issuer": lti.platform.vouches_as, "subject": SUBJECT}
    ProvenIdentity.objects.create(account=world.student.account, proven_at=now(), **who)
    return world.student


def ask(client, fake, **settings: Any):
    """Begin to choose, inside of the platform's frame."""
    said, _ = fake.begin(client)
    token = fake.sign(fake.claims(said["nonce"], now(), **fake.asks_to_choose(**settings)))
    if settings.get("accept_types") is None:
        assert believed_by_another(fake, token, said["nonce"])
    form = {"id_token": token, "state": said["state"]}
    return client.post("/lti/launch/", form, headers={"Sec-Fetch-Dest": "iframe"})


def choose(client, page, assignment: Assignment):
    client.cookies.clear()  # in a frame there are none
    return client.post("/lti/choose/", {"note": page.context["note"], "assignment": assignment.pk})


def read_answer(client, answer) -> dict[str, Any]:
    """Read an answer as a platform does: by the key set that we publish."""
    token = re.search(r'name="JWT" value="([^"]+)"', answer.content.decode())[1]
    kid = jwt.get_unverified_header(token)["kid"]
    (key,) = [each for each in client.get("/lti/keys.json").json()["keys"] if each["kid"] == kid]
    assert set(key) == {"kty", "n", "e", "kid", "alg", "use"}
    return jwt.decode(token, jwt.PyJWK(key).key, algorithms=["RS256"], audience=answer.wsgi_request.issuer)


@pytest.mark.medium
def test_the_chosen_assignment_comes_with_its_line_item(client, fake, world, instructor):
    due = datetime(2026, 12, 9, 5, tzinfo=UTC)
    Assignment.objects.filter(pk=world.assignment.pk).update(due_at=due)
    page = ask(client, fake)
    assert "Tensor" in page.content.decode()
    answer = choose(client, page, world.assignment)
    assert f'action="{html.escape("https://lms.example.edu/back?a=1&b=2")}"' in answer.content.decode()
    assert "form-action https://lms.example.edu https:" in answer.headers["Content-Security-Policy"]
    answer.wsgi_request.issuer = fake.address
    said = read_answer(client, answer)
    assert (said["iss"], said["aud"], said[f"{CORE}deployment_id"]) == (CLIENT_ID, fake.address, DEPLOYMENT)
    assert (said[f"{CORE}message_type"], said[f"{CORE}version"]) == ("LtiDeepLinkingResponse", "1.3.0")
    assert said[f"{DEEP}data"] == "csrf 12 & more"
    (item,) = said[f"{DEEP}content_items"]
    name = f"a_{world.assignment.pk}"
    assert (item["type"], item["url"]) == ("ltiResourceLink", f"{HOST}/lti/launch/")
    assert (item["custom"], item["submission"]) == ({"assay_assignment": name}, {"endDateTime": "2026-12-09T05:00:00Z"})
    line = item["lineItem"]
    assert (line["scoreMaximum"], line["resourceId"], line["tag"], line["label"]) == (100.0, name, "grade", "Tensor")


@pytest.mark.medium
def test_data_is_echoed_only_if_it_was_given_and_line_items_only_where_they_are_taken(client, fake, world, instructor):
    page = ask(client, fake, data=None, accept_lineitem=False)
    answer = choose(client, page, world.assignment)
    answer.wsgi_request.issuer = fake.address
    said = read_answer(client, answer)
    assert f"{DEEP}data" not in said
    assert "lineItem" not in said[f"{DEEP}content_items"][0]


@pytest.mark.medium
def test_a_choice_is_answered_once_and_a_changed_note_never(client, fake, world, instructor):
    page = ask(client, fake)
    assert choose(client, page, world.assignment).status_code == 200
    assert choose(client, page, world.assignment).status_code == 400
    page = ask(client, fake)
    note = page.context["note"]
    assert client.post("/lti/choose/", {"note": note[:-2], "assignment": world.assignment.pk}).status_code == 400


def test_drafts_and_other_courses_assignments_are_not_to_be_had(client, fake, world, instructor):
    Assignment.objects.filter(pk=world.assignment.pk).update(is_draft=True, repository_pattern="")
    page = ask(client, fake)
    assert "no assignment that is no draft" in page.content.decode()
    assert choose(client, page, world.assignment).status_code == 400


@pytest.mark.medium
@pytest.mark.parametrize("role", [Role.STUDENT, Role.TA])
def test_only_who_leads_the_course_here_chooses(client, fake, world, instructor, role):
    Enrollment.objects.filter(pk=world.student.pk).update(role=role)
    answer = ask(client, fake)
    assert answer.status_code == 400
    assert "Only who leads" in answer.content.decode()


@pytest.mark.medium
def test_an_unknown_person_an_unlinked_course_and_an_odd_address_get_no_choice(client, fake, world, instructor, lti):
    for url in ("http://lms.example.edu/back", "javascript:alert(1)", ""):
        assert ask(client, fake, deep_link_return_url=url).status_code == 400
    assert ask(client, fake, accept_types=["file"]).status_code == 400
    lti.delete()
    assert "is not linked" in ask(client, fake).content.decode()
    ProvenIdentity.objects.all().delete()
    assert ask(client, fake).status_code == 400


@pytest.mark.medium
def test_a_replaced_key_is_still_published_and_the_new_one_signs(client, fake, world, instructor):
    before = client.get("/lti/keys.json").json()["keys"][0]["kid"]
    made = rotate(actor=None, at=now(), reason="asked for")
    kids = [key["kid"] for key in client.get("/lti/keys.json").json()["keys"]]
    assert kids == [made.kid, before]
    answer = choose(client, ask(client, fake), world.assignment)
    token = re.search(r'name="JWT" value="([^"]+)"', answer.content.decode())[1]
    assert jwt.get_unverified_header(token)["kid"] == made.kid
