"""Handing in from outside: where a token goes, what an answer means, and when waiting ends."""

import zipfile
from io import BytesIO
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from grader.client.submit import Service, ServiceUnavailable, pack_zip, wait_until_final
from grader.errors import UsageError
from grader.source import stage_archive

WORK = {"tinytorch/__init__.py": b"", "tinytorch/core/tensor.py": b"x = 1\n"}


@pytest.mark.parametrize(
    "address",
    [
        "http://grade.example.edu",
        "ftp://localhost",
        "grade.example.edu",
        "",
        "https://",
        "https://me:pw@host",
        "https://h?q=1",
    ],
)
def test_a_token_goes_to_no_address_that_is_not_safe(address):
    with pytest.raises(UsageError, match="no address of a service"):
        Service(address, "assay_x")


@pytest.mark.parametrize("token", ["", "a\nb", "\u00e9"])
def test_without_a_token_the_sentence_says_where_one_is_made(token):
    with pytest.raises(UsageError, match="ASSAY_TOKEN"):
        Service("https://grade.example.edu", token)


def test_what_is_sent_is_one_zip_with_the_token_in_the_header(httpserver: HTTPServer):
    seen: list[Request] = []

    def answer(request: Request) -> Response:
        seen.append(request)
        name, data = next((each.filename, each.read()) for each in request.files.getlist("files"))
        assert (name, stage_archive(data).contents()) == ("work.zip", WORK)
        return Response('{"id": "att_1"}', 201)

    path = "/api/v1/courses/a%2Fb/assignments/m01/attempts"
    httpserver.expect_request(path.replace("%2F", "/"), method="POST").respond_with_handler(answer)
    service = Service(httpserver.url_for("/"), "assay_x")
    assert service.submit("a/b", "m01", "work.zip", pack_zip(WORK)) == {"id": "att_1"}
    assert seen[0].headers["Authorization"] == "Bearer assay_x"
    httpserver.check()


def test_a_redirect_gets_no_token(httpserver: HTTPServer):
    httpserver.expect_request("/api/v1/attempts/att_1").respond_with_data("", 302, {"Location": "/elsewhere"})
    with pytest.raises(ServiceUnavailable, match="302"):
        Service(httpserver.url_for("/"), "assay_x").attempt("att_1")
    assert [request.path for request, _ in httpserver.log] == ["/api/v1/attempts/att_1"]


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (409, '{"message": "The zip is damaged."}', UsageError, "The zip is damaged"),
        (404, "<html>", UsageError, "status 404"),
        (500, '{"message": "a trace"}', ServiceUnavailable, "try again"),
        (200, "<html>", ServiceUnavailable, "no Assay"),
        (200, "[]", ServiceUnavailable, "no Assay"),
    ],
)
def test_what_an_answer_means(httpserver: HTTPServer, status: int, body: str, kind: type[Exception], words: str):
    httpserver.expect_request("/api/v1/attempts/att_1").respond_with_data(body, status)
    with pytest.raises(kind, match=words):
        Service(httpserver.url_for("/"), "assay_x").attempt("att_1")


def test_a_service_that_is_away_is_no_fault_of_who_hands_in():
    with pytest.raises(ServiceUnavailable, match="does not answer"):
        Service("http://127.0.0.1:9", "assay_x").attempt("att_1")


def test_waiting_ends_with_the_attempt_and_tells_each_sentence_once(httpserver: HTTPServer):
    states: list[dict[str, Any]] = [
        {"id": "att_1", "is_final": False, "sentence": "Waiting."},
        {"id": "att_1", "is_final": False, "sentence": "Being graded."},
        {"id": "att_1", "is_final": True, "sentence": "Graded."},
    ]
    for state in states:
        httpserver.expect_ordered_request("/api/v1/attempts/att_1").respond_with_json(state)
    told: list[str] = []
    service = Service(httpserver.url_for("/"), "assay_x")
    assert wait_until_final(service, states[0], pause=lambda: None, tell=told.append) == states[-1]
    assert told == ["Waiting.", "Being graded."]


def test_the_same_files_are_the_same_tree():
    assert zipfile.ZipFile(BytesIO(pack_zip(WORK))).namelist() == list(WORK)
    assert stage_archive(pack_zip(WORK)).contents() == WORK
