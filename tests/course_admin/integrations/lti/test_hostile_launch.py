"""Whatever a launch holds, signed or not: a page that says what is wrong, and never a fault."""

import base64
import json

import pytest
from django.test import Client

from course_admin.identity.models import ProvenIdentity
from course_admin.integrations.lti.launch.claims import CORE, GRADES, MEMBERS
from tests.course_admin.integrations.lti.fake_platform import HOST, now

DEEP_LIST = "[" * 20_000
SURROGATE, NUL, DIGITS = "\ud800", "a\0b", int("9" * 4000)


def part(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def unsigned(header: str) -> str:
    return f"{part(header)}.{part('{}')}.x"


#: What anybody can send: no key signed it.
UNSIGNED = {
    "nothing": "",
    "dots": "..",
    "a header of nested lists": unsigned(DEEP_LIST),
    "a header with a nested list": unsigned('{"alg": ' + DEEP_LIST),
    "a header of digits": unsigned("9" * 5000),
    "a surrogate in its key's name": unsigned(json.dumps({"alg": "RS256", "kid": SURROGATE})),
    "a NUL in its key's name": unsigned(json.dumps({"alg": "RS256", "kid": NUL})),
    "no ASCII": "\u00e9.\u00e9.\u00e9",
}
#: What a platform's own key signed.
SIGNED = {
    "a target that is no address": {f"{CORE}target_link_uri": "http://["},
    "a target of ours that is no address": {f"{CORE}target_link_uri": f"{HOST}/lti/launch/?a=http://[&assignment=a_["},
    "a surrogate in the target": {f"{CORE}target_link_uri": f"{HOST}/lti/launch/{SURROGATE}"},
    "a surrogate as a name": {"name": SURROGATE},
    "a surrogate as a subject": {"sub": SURROGATE},
    "a NUL as a subject": {"sub": NUL},
    "a number as a subject": {"sub": DIGITS},
    "a surrogate as a nonce": {"nonce": SURROGATE},
    "a surrogate as the issuer": {"iss": SURROGATE},
    "a surrogate as the course": {f"{CORE}context": {"id": SURROGATE, "title": NUL}},
    "a surrogate as a role": {f"{CORE}roles": [SURROGATE, {}, None, DIGITS]},
    "an audience of objects": {"aud": [{}, []]},
    "a deployment that is a list": {f"{CORE}deployment_id": ["dep-1"]},
    "an end of 4,000 digits": {"exp": DIGITS},
    "a beginning of 4,000 digits": {"iat": -DIGITS},
    "an end that is infinite": {"exp": float("inf")},
    "a beginning that is no number": {"iat": float("nan"), "nbf": float("nan")},
    "an assignment of 4,000 digits": {f"{CORE}custom": {"assay_assignment": f"a_{'9' * 4000}"}},
    "an assignment of other digits": {f"{CORE}custom": {"assay_assignment": "a_\u0663"}},
    "nested objects": {f"{CORE}custom": json.loads('{"a":' * 300 + "1" + "}" * 300)},
    "services that are no objects": {GRADES: [], MEMBERS: SURROGATE},
    "services at no address": {GRADES: {"lineitem": "http://["}, MEMBERS: {"context_memberships_url": "http://["}},
}


def answered(client: Client, fake, token_of) -> int:
    client.raise_request_exception = False
    said, _ = fake.begin(client)
    form = {"id_token": token_of(said["nonce"]), "state": said["state"]}
    answer = client.post("/lti/launch/", form, headers={"Sec-Fetch-Dest": "document"}, follow=True)
    assert b"Traceback" not in answer.content
    return answer.status_code


@pytest.mark.parametrize("what", UNSIGNED)
def test_what_nobody_signed_is_refused_on_a_page(client, fake, platform, what):
    assert answered(client, fake, lambda nonce: UNSIGNED[what]) == 400
    assert not ProvenIdentity.objects.exists()


@pytest.mark.medium
@pytest.mark.rows
@pytest.mark.parametrize("what", SIGNED)
def test_an_odd_claim_is_no_fault(client, fake, lti, what):
    def token(nonce: str) -> str:
        return fake.sign({**fake.claims(nonce, now()), **SIGNED[what]})

    assert answered(client, fake, token) < 500
