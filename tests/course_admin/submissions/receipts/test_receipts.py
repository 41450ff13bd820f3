"""Receipts: what was handed in and when, signed; whoever changes a letter is found out."""

import base64
import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from course_admin.submissions.receipts.issue import check, public_key, receipt_of
from grader.cli import main
from grader.client.receipt import BadReceipt, public_key_of, sign, verify
from grader.source import Tree
from tests.course_admin.submissions.intake.test_ingest import announce
from tests.factories import COMMIT, NOW, make_attempt, make_upload
from tests.grader.source.sources import WORK, write_files

SERVICE = "https://grade.example.edu"


@pytest.fixture
def text(world) -> str:
    digest = Tree.of(WORK).digest
    attempt = make_attempt(world.student, world.assignment, push=announce(), tree_digest=digest)
    return receipt_of(attempt, SERVICE)


def test_a_receipt_of_a_push_names_commit_files_and_time(text):
    facts = check(text.encode()).facts
    assert (facts["commit"], facts["tree_digest"], facts["received_at"]) == (
        COMMIT,
        Tree.of(WORK).digest,
        NOW.isoformat(),
    )
    assert facts["source"] == "push to tinytorch-class/m01-Mira-Okafor"
    assert facts["students"] == ["Mira Okafor"]
    assert (facts["service"], facts["uploaded_at"], facts["upload_sha256"]) == (SERVICE, "", "")


def test_a_receipt_of_an_upload_names_its_digest_and_both_times(world):
    upload = make_upload(world.student, world.assignment, held=None, confirmed_at=NOW)
    later = NOW + timedelta(minutes=5)
    facts = check(
        receipt_of(
            make_attempt(world.student, world.assignment, upload=upload, commit_id="", received_at=later), SERVICE
        ).encode()
    ).facts
    assert (facts["source"], facts["upload_sha256"], facts["commit"]) == ("upload", upload.sha256, "")
    assert (facts["uploaded_at"], facts["received_at"]) == (NOW.isoformat(), later.isoformat())


def test_it_is_the_same_each_time(world):
    attempt = make_attempt(world.student, world.assignment)
    assert receipt_of(attempt, SERVICE) == receipt_of(attempt, SERVICE)


def changed(text: str, **facts: object) -> str:
    document = json.loads(text)
    document["receipt"] |= facts
    return json.dumps(document)


@pytest.mark.parametrize(
    ("name", "value"),
    [("received_at", "2026-10-01T12:00:00+00:00"), ("students", ["Jon Weil"]), ("commit", "0" * 40), ("number", 2)],
)
def test_a_receipt_that_was_changed_does_not_hold(text, name, value):
    with pytest.raises(BadReceipt, match="does not hold"):
        check(changed(text, **{name: value}).encode())


def test_a_receipt_of_another_key_is_not_ours(text):
    other = bytes(range(32))
    foreign = sign(json.loads(text)["receipt"], other)
    with pytest.raises(BadReceipt, match="another key"):
        check(foreign.encode())
    assert verify(foreign, public_key_of(other))
    pretending = json.loads(foreign) | {"key": json.loads(text)["key"]}
    with pytest.raises(BadReceipt, match="does not hold"):
        check(json.dumps(pretending).encode())


@pytest.mark.parametrize(
    "given",
    [
        *(b"", b"{}", b"[]", b"\xff", b"[" * 10_000, b'{"schema": "assay.receipt/1"}', b"x" * (65 << 10)),
        b'{"schema":"assay.receipt/1","receipt":{},"key":"","signature":""}',
    ],
)
def test_what_is_no_receipt_is_one_sentence(given):
    with pytest.raises(BadReceipt) as refusal:
        check(given)
    assert "\n" not in str(refusal.value)


def test_nothing_can_be_added_and_no_name_stands_twice(text):
    with pytest.raises(BadReceipt, match="no receipt"):
        check(changed(text, grade="100").encode())
    with pytest.raises(BadReceipt, match="no receipt"):
        check(text.replace('"number": 1', '"number": 1, "number": 1').encode())


def test_the_page_offers_it_and_checks_it_for_everybody(client, world):
    attempt = make_attempt(world.student, world.assignment, push=announce())
    client.force_login(world.student.account)
    link = reverse("attempt-receipt", args=[attempt.public_id])
    assert link in client.get(reverse("attempt", args=[attempt.public_id])).content.decode()
    given = client.get(link).content
    client.logout()
    page = reverse("receipt-check")
    assert (
        "issued here and was not changed"
        in client.post(page, {"file": SimpleUploadedFile("receipt.json", given)}).content.decode()
    )
    wrong = changed(given.decode(), number=2).encode()
    answer = client.post(page, {"file": SimpleUploadedFile("receipt.json", wrong)}).content.decode()
    assert "does not hold" in answer
    assert "issued here" not in answer
    assert base64.b64encode(public_key()).decode() in client.get(page).content.decode()


def test_the_command_line_checks_it_and_the_files(text, tmp_path, capsys):
    key = base64.b64encode(public_key()).decode()
    receipt, folder = tmp_path / "receipt.json", write_files(tmp_path / "work", WORK)
    receipt.write_text(text)
    (tmp_path / "key").write_text(f"{key}\n")
    assert main(["receipt", "verify", str(receipt), "--key", key, "--tree", str(folder)]) == 0
    said = capsys.readouterr().out
    assert f"commit: {COMMIT}" in said
    assert "These are the files that were handed in." in said
    assert main(["receipt", "verify", str(receipt), "--key", str(tmp_path / "key")]) == 0
    (folder / "README.md").write_text("changed")
    assert main(["receipt", "verify", str(receipt), "--key", key, "--tree", str(folder)]) == 2
    assert "holds other files" in capsys.readouterr().err
    receipt.write_text(changed(text, number=9))
    assert main(["receipt", "verify", str(receipt), "--key", key]) == 2
    for wrong in ("short", "?" * 44):
        assert main(["receipt", "verify", str(receipt), "--key", wrong]) == 2
    assert main(["receipt", "verify", str(tmp_path / "nowhere"), "--key", key]) == 2


def test_the_key_is_the_one_that_is_set_or_follows_from_the_secret_key(world, settings):
    attempt = make_attempt(world.student, world.assignment)
    own = public_key()
    settings.SECRET_KEY = "another one, which is long enough as well, and random"
    assert public_key() != own
    settings.ASSAY_RECEIPT_KEY = bytes(range(32))
    assert public_key() == public_key_of(bytes(range(32)))
    assert check(receipt_of(attempt, SERVICE).encode())
