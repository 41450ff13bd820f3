"""A launch is believed if every check holds, and refused with a sentence and a line of the log if one does not."""

import json
import logging
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from course_admin.identity.models import ProvenIdentity
from course_admin.integrations.lti.launch.claims import CORE, launch_of
from tests.course_admin.integrations.lti.fake_platform import (
    CLIENT_ID,
    DEPLOYMENT,
    HOST,
    SUBJECT,
    key_pair,
    now,
    public,
)
from tests.course_admin.integrations.lti.oracle import LtiException, believed_by_another

OLD = timedelta(minutes=13)

#: What is wrong -> the claims that are changed, and words of the refusal.
WRONG = {
    "another issuer": ({"iss": "https://elsewhere.example.edu"}, "another platform"),
    "another audience": ({"aud": "somebody-else"}, "somebody else"),
    "no audience": ({"aud": None}, "somebody else"),
    "several audiences and no party": ({"aud": [CLIENT_ID, "other"]}, "somebody else"),
    "several audiences and another party": ({"aud": [CLIENT_ID, "other"], "azp": "other"}, "somebody else"),
    "one audience and another party": ({"azp": "other"}, "somebody else"),
    "another nonce": ({"nonce": "n" * 32}, "answers no log-in"),
    "no nonce": ({"nonce": None}, "answers no log-in"),
    "another deployment": ({f"{CORE}deployment_id": "DEP-1"}, "not known to be installed"),
    "no deployment": ({f"{CORE}deployment_id": None}, "not known to be installed"),
    "another version": ({f"{CORE}version": "1.1"}, "not one of LTI 1.3"),
    "another message": ({f"{CORE}message_type": "LtiStartProctoring"}, "does not know"),
    "nobody": ({"sub": None}, "who opened it"),
    "an address elsewhere": ({f"{CORE}target_link_uri": "https://evil.example/lti/launch/"}, "not Assay's"),
    "an address that begins alike": ({f"{CORE}target_link_uri": f"{HOST}.evil.example/"}, "not Assay's"),
    "no end": ({"exp": None}, "from when to when"),
    "no beginning": ({"iat": None}, "from when to when"),
    "an end that is a word": ({"exp": "soon"}, "from when to when"),
}
#: What is wrong -> by how much the times are moved.
TIMES = {
    "expired": {"exp": -121},
    "issued long ago": {"iat": -721},
    "issued in the future": {"iat": 150},
    "issued in the future, though valid since": {"iat": 150, "nbf": -10},
    "not yet valid": {"nbf": 150},
}


def refused(answer, caplog, words: str) -> None:
    """See a launch refused: a page with the words, the same words in the log, no token in it, and nobody logged in."""
    assert answer.status_code == 400
    assert words in answer.content.decode().replace("&#x27;", "'")
    (line,) = [each.getMessage() for each in caplog.records if "LTI" in each.getMessage()]
    assert words in line
    assert "eyJ" not in line
    assert SUBJECT not in line
    assert not ProvenIdentity.objects.exists()


def test_a_sound_launch_is_believed_here_and_by_another_library(client, fake, platform):
    said, answer = fake.begin(client)
    token = fake.sign(fake.claims(said["nonce"], now()))
    assert believed_by_another(fake, token, said["nonce"])["sub"] == SUBJECT
    (cookie,) = [each for name, each in answer.cookies.items() if name.startswith("assay_lti_")]
    assert "SameSite=None; Partitioned" in cookie.OutputString()
    assert "Secure" in cookie.OutputString()
    form = {"id_token": token, "state": said["state"]}
    answer = client.post("/lti/launch/", form, headers={"Sec-Fetch-Dest": "document"})
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/lti/enter/?ticket=")


@pytest.mark.medium
@pytest.mark.parametrize("wrong", WRONG)
def test_a_launch_that_says_something_wrong_is_refused(client, caplog, fake, platform, wrong):
    over, words = WRONG[wrong]
    refused(fake.launch(client, now(), **over), caplog, words)


@pytest.mark.medium
@pytest.mark.parametrize("wrong", TIMES)
def test_a_launch_that_is_not_of_now_is_refused(client, caplog, fake, platform, wrong):
    moved = {name: int(now().timestamp()) + seconds for name, seconds in TIMES[wrong].items()}
    refused(
        fake.launch(client, now(), **moved), caplog, "clock" if "n" in wrong[:2] or "future" in wrong else "too old"
    )


def test_several_audiences_with_our_party_are_believed(client, fake, platform):
    said, _ = fake.begin(client)
    token = fake.sign(fake.claims(said["nonce"], now(), aud=[CLIENT_ID, "other"], azp=CLIENT_ID))
    answer = client.post(
        "/lti/launch/", {"id_token": token, "state": said["state"]}, headers={"Sec-Fetch-Dest": "document"}
    )
    assert answer.status_code == 303


@pytest.mark.medium
@pytest.mark.parametrize(("begun_at", "is_believed"), [("d-2", False), (DEPLOYMENT, True), ("", True)])
def test_a_launch_comes_from_the_deployment_at_which_it_was_begun(
    client, caplog, fake, platform, begun_at, is_believed
):
    """A nonce that was asked for by one deployment is no other's, though both belong to one platform."""
    type(platform).objects.filter(pk=platform.pk).update(deployment_ids=f"{DEPLOYMENT}\nd-2")
    said, _ = fake.begin(client, lti_deployment_id=begun_at)
    form = {"id_token": fake.sign(fake.claims(said["nonce"], now())), "state": said["state"]}
    answer = client.post("/lti/launch/", form, headers={"Sec-Fetch-Dest": "document"})
    if is_believed:
        assert answer.status_code == 303
    else:
        refused(answer, caplog, "not known to be installed")


def forged(fake, nonce: str, how: str) -> str:
    claims = fake.claims(nonce, now())
    if how == "none":
        return jwt.encode(claims, "", algorithm="none", headers={"kid": "lms-1"})
    if how == "HS256":  # with the public key as the secret, which everybody knows
        pem = key_pair("lms-1").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        head, body = (jwt.utils.base64url_encode(json.dumps(each).encode()) for each in (HS256, claims))
        signature = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(head + b"." + body, pem)
        return (head + b"." + body + b"." + jwt.utils.base64url_encode(signature)).decode()
    if how == "unsigned":
        return fake.sign(claims).rpartition(".")[0] + "."
    if how == "changed":
        head, _, signature = fake.sign(claims).split(".")
        body = jwt.utils.base64url_encode(json.dumps({**claims, "sub": "somebody-else"}).encode()).decode()
        return f"{head}.{body}.{signature}"
    if how == "no kid":
        return jwt.encode(claims, key_pair("lms-1"), algorithm="RS256")
    if how == "another's key":
        return fake.sign(claims, "stranger", kid="lms-1")
    if how == "an unknown key":
        return fake.sign(claims, "stranger")
    return {"no token": "a.b", "nothing": "", "too long": "a" * 70_000}[how]


HS256 = {"alg": "HS256", "typ": "JWT", "kid": "lms-1"}
FORGED = {
    "none": "not signed in the way",
    "HS256": "not signed in the way",
    "no kid": "not signed in the way",
    "unsigned": "signature is not the platform's",
    "changed": "signature is not the platform's",
    "another's key": "signature is not the platform's",
    "an unknown key": "does not publish",
    "no token": "nothing that can be read",
    "nothing": "nothing that can be read",
    "too long": "nothing that can be read",
}


@pytest.mark.medium
@pytest.mark.parametrize("how", FORGED)
def test_a_token_that_the_platform_did_not_sign_is_refused(client, caplog, fake, platform, how):
    said, _ = fake.begin(client)
    token = forged(fake, said["nonce"], how)
    with pytest.raises((LtiException, ValueError, KeyError)):  # the other library refuses it, too
        believed_by_another(fake, token, said["nonce"])
    answer = client.post("/lti/launch/", {"id_token": token, "state": said["state"]})
    refused(answer, caplog, FORGED[how])


def test_a_state_is_taken_once_and_a_token_for_one_log_in(client, caplog, fake, platform):
    said, _ = fake.begin(client)
    form = {"id_token": fake.sign(fake.claims(said["nonce"], now())), "state": said["state"]}
    assert client.post("/lti/launch/", form, headers={"Sec-Fetch-Dest": "document"}).status_code == 303
    again, _ = fake.begin(client)
    replayed = client.post("/lti/launch/", {**form, "state": again["state"]})
    refused(replayed, caplog, "answered before")
    caplog.clear()
    refused(client.post("/lti/launch/", form), caplog, "this browser")


def test_another_browser_s_launch_is_not_taken(client, caplog, fake, platform, django_user_model):
    said, _ = fake.begin(client)
    form = {"id_token": fake.sign(fake.claims(said["nonce"], now())), "state": said["state"]}
    name = f"assay_lti_{said['state'][:16]}"
    secret = client.cookies[name].value
    client.cookies[name] = "guessed"
    refused(client.post("/lti/launch/", form), caplog, "this browser")
    caplog.clear()
    del client.cookies[name]
    refused(client.post("/lti/launch/", form, headers={"Sec-Fetch-Dest": "document"}), caplog, "this browser")
    caplog.clear()
    refused(client.post("/lti/launch/", {**form, "binding": "guessed"}), caplog, "this browser")
    client.cookies[name] = secret  # and nothing of that used the state up
    assert client.post("/lti/launch/", form, headers={"Sec-Fetch-Dest": "document"}).status_code == 303


def test_a_platform_that_is_not_registered_begins_nothing(client, caplog, fake, platform):
    told = {"iss": fake.address, "login_hint": "h", "target_link_uri": f"{HOST}/", "client_id": "another"}
    refused(client.get("/lti/login/", told), caplog, "not registered")
    caplog.clear()
    refused(client.get("/lti/login/", {"iss": fake.address}), caplog, "not the beginning")
    fake.register(client_id="second")  # of two clients under one issuer, none is guessed
    caplog.clear()
    del told["client_id"]
    refused(client.get("/lti/login/", told), caplog, "not registered")
    fake.register(client_id="third", deployment_ids="dep-9")
    begun = client.get("/lti/login/", {**told, "lti_deployment_id": "dep-9"})  # but a deployment chooses among them
    assert "client_id=third" in begun.headers["Location"]


def test_people_and_courses_with_numbers_for_names_are_those_of_the_other_services(fake, platform):
    claims = fake.claims("n", now(), sub=4711, **{f"{CORE}context": {"id": 77}, f"{CORE}for_user": {"user_id": 4712}})
    launch = launch_of(claims, platform.pk)
    assert (launch.subject, launch.context_id, launch.for_subject) == ("4711", "77", "4712")


def test_a_new_key_of_the_platform_is_found_and_strangers_make_us_ask_once_a_minute(
    client, fake, platform, time_machine
):
    start = now()
    time_machine.move_to(start, tick=False)
    assert fake.launch(client, start).status_code == 303
    fake.keys.append("lms-2")
    for _ in range(5):
        assert fake.launch(client, start).status_code == 400
    assert len([each for each in fake.asked if each.path == "/jwks"]) == 1
    later = start + timedelta(seconds=61)
    time_machine.move_to(later, tick=False)
    assert fake.launch(client, later).status_code == 303
    assert len([each for each in fake.asked if each.path == "/jwks"]) == 2


@pytest.mark.parametrize("body", ["<html>", "[]", '{"keys": {}}'])
def test_keys_that_cannot_be_read_refuse_the_launch(client, caplog, fake, platform, body):
    fake.once("GET /jwks", 200, body)
    refused(fake.launch(client, now()), caplog, "keys cannot be read")


#: What a platform publishes beside or instead of the key that signs -> what its launch is answered.
PUBLISHED = {
    "the same name for encryption": ({"use": "enc"}, False, ""),
    "for encryption": ({"use": "enc"}, True, "does not publish"),
    "for other operations": ({"key_ops": ["encrypt"]}, True, "does not publish"),
    "for another algorithm": ({"alg": "RS512"}, True, "does not publish"),
    "its private half": ({"d": "AQAB"}, True, "does not publish"),
    "too short": ({"n": "gQ" + "A" * 168 + "Q"}, True, "too short"),
}


@pytest.mark.parametrize("what", PUBLISHED)
def test_a_published_key_that_may_not_sign_proves_nothing(client, caplog, fake, platform, what):
    change, is_alone, words = PUBLISHED[what]
    keys = (
        [{**public("lms-1"), **change}]
        if is_alone
        else [public("lms-1"), {**public("stranger"), "kid": "lms-1", **change}]
    )
    fake.once("GET /jwks", 200, json.dumps({"keys": keys}))
    answer = fake.launch(client, now())
    if words:
        refused(answer, caplog, words)
    else:
        assert answer.status_code == 303


def test_what_is_logged_of_a_refusal_is_one_line_of_warning(client, caplog, fake, platform):
    fake.launch(client, now(), aud="another")
    (line,) = [each for each in caplog.records if each.name.startswith("course_admin.integrations.lti")]
    assert line.levelno == logging.WARNING
    assert line.getMessage() == "LTI launch refused: The launch is meant for somebody else."


def test_the_page_is_in_its_reader_s_language_and_the_log_in_the_service_s(client, caplog, fake, platform):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "de"
    answer = fake.launch(client, now(), aud="another")
    assert "Der Aufruf ist für jemand anderen bestimmt." in answer.content.decode()
    assert "LTI launch refused: The launch is meant for somebody else." in caplog.messages


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("علی\u200cرضا رضایی", "علی\u200cرضا رضایی"),  # the joiner is spelling
        ("\u200fעדה לב\u200e", "עדה לב"),
        ("Zoe\u0308\tNo\u00ebl\r\n", "Zo\u00eb No\u00ebl"),
        ("李 小龍", "李 小龍"),
        (["Mira"], ""),
    ],
)
def test_a_name_in_any_script_is_kept(fake, platform, told, kept):
    claims = fake.claims("n", now(), name=told, **{f"{CORE}context": {"id": "7", "title": told}})
    launch = launch_of(claims, platform.pk)
    assert (launch.name, launch.context_title) == (kept, kept)
