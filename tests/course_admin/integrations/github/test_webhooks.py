"""GitHub's deliveries: signature, size, shape, replay: `course_admin/integrations/github/webhooks.py`."""

import copy
import json
import logging
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from course_admin.integrations import deliveries
from course_admin.integrations.deliveries import BODY_BYTES
from course_admin.integrations.github.signature import is_signed, sign
from course_admin.integrations.github.webhooks import hook
from course_admin.settings import env
from course_admin.submissions.models import ParkedPush, Push, PushState, Repository
from tests.factories import COMMIT, OWNER

URL = "/hooks/github/"
SECRET = "the current secret"
DELIVERY = "72d3162e-cc78-11e3-81ab-4c9367dc0958"
PAYLOAD = {
    "ref": "refs/heads/main",
    "before": "0f6b1c9e2f7a43d1a0c4d5e6f708192a3b4c5d6e",
    "after": COMMIT,
    "created": False,
    "deleted": False,
    "forced": True,
    "base_ref": None,
    "compare": "https://github.com/compare",
    "commits": [],
    "head_commit": {"id": COMMIT, "message": "Broadcast", "timestamp": "1999-10-02T16:13:58-05:00"},
    "repository": {
        "id": 880412233,
        "name": "m01-mira-okafor",
        "full_name": f"{OWNER}/m01-mira-okafor",
        "private": True,
        "default_branch": "main",
    },
    "pusher": {"name": "mira-okafor", "email": "mira@example.edu"},
    "sender": {"login": "mira-okafor", "id": 58210467, "type": "User"},
}


def payload(**changes) -> bytes:
    """Return the payload with values at dotted places replaced, or taken away where the value is KeyError."""
    changed = copy.deepcopy(PAYLOAD)
    for place, value in changes.items():
        *parents, last = place.split("__")
        holder = changed
        for parent in parents:
            holder = holder[parent]
        if value is KeyError:
            del holder[last]
        else:
            holder[last] = value
    return json.dumps(changed).encode()


@pytest.fixture
def deliver(client):
    def deliver(
        body=None, *, secret=SECRET, event="push", delivery=DELIVERY, content_type="application/json", **headers
    ):
        body = payload() if body is None else body
        headers = {"X-Hub-Signature-256": sign(body, secret), **headers}
        if delivery is not None:
            headers["X-GitHub-Delivery"] = delivery
        return client.post(URL, body, content_type=content_type, headers={"X-GitHub-Event": event, **headers})

    return deliver


def assert_refused(answer, status: int, words: str) -> None:
    assert answer.status_code == status
    message = answer.json()["message"]
    assert words in message
    assert message.endswith(".")
    assert "\n" not in message
    assert not Push.objects.exists()
    assert not Repository.objects.exists()


def test_a_push_is_stored_before_it_is_answered(world, deliver):
    answer = deliver()
    assert (answer.status_code, answer.json()) == (202, {"message": "The push was stored and will be graded."})
    push = Push.objects.get()
    assert (push.delivery_id, push.commit_id, push.ref, push.forced) == (DELIVERY, COMMIT, "refs/heads/main", True)
    assert push.state == PushState.RECEIVED
    assert push.received_at.year >= 2026


def test_a_replay_has_no_second_effect(world, deliver):
    deliver()
    answer = deliver()
    assert (answer.status_code, answer.json()) == (200, {"message": "This delivery was already received."})
    assert Push.objects.count() == 1


def test_the_previous_secret_holds_while_it_is_replaced(world, deliver):
    assert deliver(secret="the previous secret").status_code == 202


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "sha256=",
        "sha256=" + "0" * 64,
        sign(b"another body", SECRET),
        sign(payload(), SECRET).upper(),
        sign(payload(), SECRET).removeprefix("sha256="),
        sign(payload(), ""),
        "sha1=5d61605c3feea9799210ddcb71307d4ba264225f",
        "sha256=\u00e9",
    ],
)
def test_a_wrong_signature_is_refused(world, deliver, signature):
    assert_refused(deliver(**{"X-Hub-Signature-256": signature}), 401, "signature")


def test_a_changed_body_is_refused(world, client):
    headers = {"X-Hub-Signature-256": sign(payload(), SECRET), "X-GitHub-Delivery": DELIVERY, "X-GitHub-Event": "push"}
    body = payload(after="e" * 40)
    assert_refused(client.post(URL, body, content_type="application/json", headers=headers), 401, "signature")


def test_without_a_configured_secret_nothing_is_taken(world, deliver, settings):
    settings.ASSAY_WEBHOOK_SECRETS = []
    assert_refused(deliver(), 503, "No webhook secret is configured")
    assert_refused(deliver(secret=""), 503, "No webhook secret is configured")


def test_a_payload_of_50_megabytes_is_refused(world, deliver):
    assert_refused(deliver(b" " * (50 << 20)), 413, "larger")


@pytest.mark.parametrize(("length", "status"), [(str(BODY_BYTES + 1), 413), ("many", 400), ("-5", 401)])
def test_an_announced_length_that_cannot_be_is_refused_unread(world, rf, length, status):
    request = rf.post(URL, b"x" * 100, content_type="application/json")
    request.META["CONTENT_LENGTH"] = length
    assert hook(request).status_code == status


def test_a_payload_larger_than_djangos_own_limit_is_taken(world, deliver):
    commits = [{"id": COMMIT, "message": "x" * 1_000}] * 5_000
    assert deliver(payload(commits=commits)).status_code == 202


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[]", b'"text"', b"[" * 100_000, b"\x00", "é".encode("latin-1")])
def test_a_body_that_is_no_json_object_is_refused(world, deliver, body):
    assert_refused(deliver(body), 400, "JSON")


def test_a_form_is_refused(world, deliver):
    assert_refused(deliver(content_type="application/x-www-form-urlencoded"), 415, "application/json")


@pytest.mark.parametrize(
    "delivery", [None, "", "short", "has spaces in it", "x" * 65, "../../etc/passwd", "a\x00bcdefgh"]
)
def test_a_delivery_without_a_proper_id_is_refused(world, deliver, delivery):
    assert_refused(deliver(delivery=delivery), 400, "X-GitHub-Delivery")


BAD_FIELDS = [
    ("ref", KeyError),
    ("ref", 5),
    ("ref", ""),
    ("ref", "refs/heads/" + "x" * 300),
    ("ref", "refs/heads/a\nb"),
    ("ref", "refs/heads/\u202egniht"),
    ("before", "HEAD"),
    ("after", KeyError),
    ("after", "main"),
    ("after", COMMIT[:12]),
    ("after", COMMIT.upper()),
    ("after", "--upload-pack=touch /tmp/x"),
    ("repository", KeyError),
    ("repository", []),
    ("repository__id", "880412233"),
    ("repository__id", True),
    ("repository__id", 0),
    ("repository__id", 2**63),
    ("repository__full_name", "no-slash"),
    ("repository__full_name", "../../etc"),
    ("repository__full_name", f"{OWNER}/.."),
    ("repository__full_name", "-option/x"),
    ("repository__full_name", "https://evil.example/x/y"),
    ("repository__full_name", "a/b/c"),
    ("repository__full_name", "a/b\n"),
    ("repository__default_branch", None),
    ("repository__default_branch", "\ud800"),
    ("ref", "refs/heads/\ud800"),
    ("ref", "refs/heads/a\0b"),
    ("repository__id", int("9" * 4000)),
]


@pytest.mark.parametrize(("place", "value"), BAD_FIELDS)
def test_a_field_that_is_odd_is_named(world, deliver, place, value):
    assert_refused(deliver(payload(**{place: value})), 400, f"no usable {place.replace('__', '.')}")


@pytest.mark.parametrize(
    ("full_name", "why"),
    [
        ("strangers/m01-mira-okafor", "No assignment expects the repository strangers/m01-mira-okafor: no"),
        ("tinytorch-class/m01-jon-weil", "No student of TinyTorch has the login jon-weil."),
        ("tinytorch-class/m1-mira-okafor", "No assignment expects the repository tinytorch-class/m1-mira-okafor: no"),
    ],
)
def test_a_repository_that_nobody_knows_is_kept_with_a_sentence(world, deliver, full_name, why):
    answer = deliver(payload(repository__full_name=full_name))
    assert answer.status_code == 202
    assert f"Kept for 30 days, and shown to staff: {why}" in answer.json()["message"]
    kept = ParkedPush.objects.get()
    assert kept.why.startswith(why)
    assert not Push.objects.exists()


def test_what_is_no_hand_in_of_an_unknown_repository_leaves_nothing(world, deliver):
    answer = deliver(payload(repository__full_name="strangers/m01-mira-okafor", sender__type="Bot"))
    assert_refused(answer, 404, "No assignment expects the repository strangers/m01-mira-okafor")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"deleted": True, "after": "0" * 40, "head_commit": None}, "deleted"),
        ({"after": "0" * 40}, "deleted"),
        ({"ref": "refs/tags/v1"}, "refs/tags/v1"),
        ({"ref": "refs/heads/dev"}, "dev"),
        ({"sender__type": "Bot"}, "program"),
    ],
)
def test_what_is_not_graded_is_answered_with_the_reason(world, deliver, changes, words):
    answer = deliver(payload(**changes))
    assert answer.status_code == 202
    assert answer.json()["message"].startswith("Not graded: ")
    assert words in answer.json()["message"]
    assert Push.objects.get().state == PushState.IGNORED


def test_what_a_merge_queue_pushes_is_peoples_work(world, deliver):
    changes = {"sender__type": "Bot", "sender__login": "github-merge-queue[bot]"}
    assert deliver(payload(**changes)).json() == {"message": "The push was stored and will be graded."}
    queued = {"ref": "refs/heads/gh-readonly-queue/main/pr-1-0f6b1c9e2f7a", **changes}
    assert (
        deliver(payload(**queued), delivery=DELIVERY[::-1]).json()["message"].startswith("Not graded: Graded branches")
    )


@pytest.mark.parametrize("owner", ["mira_uni", "a--b", "uni_", "X0_9-z"])
def test_an_owner_may_have_the_login_of_an_enterprise(world, deliver, owner):
    answer = deliver(payload(repository__full_name=f"{owner}/m01-mira-okafor"))
    assert (answer.status_code, ParkedPush.objects.get().full_name) == (202, f"{owner}/m01-mira-okafor")


def test_a_push_without_a_sender_is_taken(world, deliver):
    assert deliver(payload(sender=KeyError)).status_code == 202


def test_a_ping_is_answered(world, deliver):
    body = json.dumps({"zen": "Keep it logically awesome.", "hook_id": 1, "hook": {"events": ["push"]}}).encode()
    answer = deliver(body, event="ping")
    assert (answer.status_code, answer.json()["message"]) == (200, "The webhook is set up: pushes will be announced.")
    body = json.dumps({"hook": {"events": ["issues"]}}).encode()
    assert "add the event push" in deliver(body, event="ping").json()["message"]


@pytest.mark.parametrize("event", ["issues", "", "PUSH"])
def test_other_events_are_of_no_interest(world, deliver, event):
    assert deliver(event=event).status_code == 202
    assert not Push.objects.exists()


@pytest.mark.parametrize("method", ["get", "put", "delete", "head"])
def test_only_post_is_taken(world, client, method):
    assert getattr(client, method)(URL).status_code == 405


def test_no_secret_and_no_payload_reaches_the_log(world, deliver, caplog):
    caplog.set_level(logging.DEBUG)
    deliver(**{"X-Hub-Signature-256": "sha256=" + "0" * 64})
    deliver()
    assert SECRET not in caplog.text
    assert "mira@example.edu" not in caplog.text


def test_the_signature_agrees_with_githubs_own_example():
    """Source: GitHub documentation, "Validating webhook deliveries", "Testing the webhook payload validation"."""
    signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert sign(b"Hello, World!", "It's a Secret to Everybody") == signature
    assert is_signed(b"Hello, World!", signature, ["other", "It's a Secret to Everybody"])
    assert not is_signed(b"Hello, World!", signature, [])
    assert not is_signed(b"", sign(b"", ""), [""])
    assert is_signed("Grüße\x00".encode(), sign("Grüße\x00".encode(), "geheim"), ["geheim"])


def test_a_delivery_that_fails_never_says_that_nothing_is_lost(world, deliver, monkeypatch, caplog):
    """GitHub's delivery log is where staff look for a push: it must read that this one was not stored."""

    def fail(**_named):
        raise OperationalError("the database is away")

    monkeypatch.setattr(deliveries, "receive", fail)
    answer = deliver()
    assert_refused(answer, 503, "NOT stored")
    assert "deliver it again" in answer.json()["message"]
    assert "the database is away" in caplog.text


def test_no_page_of_a_fault_promises_more_than_it_knows():
    page = env.ROOT / "course_admin" / "templates" / "500.html"
    assert "is lost" not in page.read_text()


@pytest.mark.parametrize(
    ("ago", "counts"),
    [(timedelta(hours=7), True), (timedelta(days=3), True), (timedelta(days=5), False), (-timedelta(hours=1), False)],
)
@pytest.mark.parametrize("form", ["seconds", "text"])
def test_a_push_counts_from_the_time_that_the_host_signed(world, deliver, ago, counts, form):
    """Announced again after an outage of ours it is no later; what cannot be its time is none."""
    told = (timezone.now() - ago).replace(microsecond=0)
    before = timezone.now()
    sent = int(told.timestamp()) if form == "seconds" else told.isoformat()
    assert deliver(payload(repository__pushed_at=sent)).status_code == 202
    received_at = Push.objects.get().received_at
    assert received_at == told if counts else received_at >= before


@pytest.mark.parametrize(
    "value",
    [
        *(None, "yesterday", True, 10**30, -1, [], "2026-10-02T12:00:00", "\ud800", "9" * 4000, 253402300799),
        *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-10-02T12:00:00+23:59:59.999999"),
    ],
)
def test_a_time_of_the_host_that_is_none_costs_nothing(world, deliver, value):
    before = timezone.now()
    assert deliver(payload(repository__pushed_at=value)).status_code == 202
    assert Push.objects.get().received_at >= before


def test_a_parked_push_counts_from_the_time_that_the_host_signed(world, deliver):
    told = (timezone.now() - timedelta(hours=7)).replace(microsecond=0)
    sent = payload(repository__pushed_at=int(told.timestamp()), repository__full_name=f"{OWNER}/m01-new-student")
    assert deliver(sent).status_code == 202
    assert ParkedPush.objects.get().received_at == told
