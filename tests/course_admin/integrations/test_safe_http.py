"""Requests to hosts that administrators named: `course_admin/integrations/safe_http.py`, against real servers."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pytest_httpserver import HTTPServer
from werkzeug import Response

from course_admin.integrations import safe_http
from course_admin.integrations.safe_http import Answer, NotAllowed, Outgoing, Unreachable, judge

NAME = "canvas.example.edu"
LOCAL = frozenset({"localhost", "127.0.0.1", NAME})


def origin(httpserver) -> str:
    return httpserver.url_for("").rstrip("/")


def ask(address: str, path: str = "/api", **json: object) -> Answer:
    with Outgoing(address, headers={"Authorization": "Bearer t"}, private_hosts=LOCAL) as requests:
        return requests.request("POST" if json else "GET", f"{address}{path}", json or None)


@pytest.fixture
def dns(monkeypatch) -> list[str]:
    """Let NAME lead to this machine, the first time only; return the names that were asked for."""
    real, asked = safe_http.socket.getaddrinfo, []

    def getaddrinfo(host, port, *rest, **named):
        name = host.decode() if isinstance(host, bytes) else host
        asked.append(name)
        first = name == NAME and asked.count(NAME) == 1
        return real("127.0.0.1" if first else "198.51.100.1" if name == NAME else host, port, *rest, **named)

    monkeypatch.setattr(safe_http.socket, "getaddrinfo", getaddrinfo)
    return asked


# --- where a request may go ---


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1", "https://127.1", "https://10.0.0.8", "https://192.168.1.1:8443", "https://169.254.169.254",
        "https://100.64.0.1", "https://0.0.0.0", "https://224.0.0.1", "https://2130706433", "http://127.0.0.1",
        "https://[::1]", "https://user@example.edu", "https://example.edu/path", "file:///etc/passwd", "//example.edu",
    ],
)  # fmt: skip
def test_a_private_or_odd_address_is_not_asked(address):
    with pytest.raises(NotAllowed):
        judge(address, frozenset())


def test_a_named_host_may_be_private_but_only_this_machine_without_encryption():
    assert judge("https://10.0.0.8", frozenset({"10.0.0.8"})) == ("10.0.0.8",)
    assert judge("http://127.0.0.1:9", LOCAL) == ("127.0.0.1",)
    with pytest.raises(NotAllowed, match="not encrypted"):
        judge("http://10.0.0.8", frozenset({"10.0.0.8"}))


@pytest.mark.parametrize("url", ["http://elsewhere.example/api", "{}.evil.example/api", "{}@evil.example/", "/api"])
def test_an_address_that_is_not_below_the_origin_is_not_asked(httpserver, url):
    with Outgoing(origin(httpserver), headers={}, private_hosts=LOCAL) as requests, pytest.raises(NotAllowed):
        requests.request("GET", url.format(origin(httpserver)))
    assert httpserver.log == []


def test_a_host_in_capitals_is_the_same_host(httpserver):
    httpserver.expect_request("/Items/7", query_string="Type=X").respond_with_data("yes")
    with Outgoing(origin(httpserver), headers={}, private_hosts=LOCAL) as requests:
        answer = requests.request("GET", f"{origin(httpserver)}/Items/7?Type=X".replace("localhost", "LocalHost"))
    assert (answer.status, answer.body) == (200, b"yes")


def test_a_request_goes_to_the_address_that_was_judged_under_the_hosts_name(httpserver, dns):
    httpserver.expect_request("/api").respond_with_json({"ok": True})
    address = f"http://{NAME}:{httpserver.port}"
    assert ask(address).status == 200
    assert dns.count(NAME) == 1
    assert httpserver.log[0][0].host == f"{NAME}:{httpserver.port}"


# --- what comes back ---


def test_a_redirect_is_an_answer_and_no_cookie_is_kept(httpserver):
    httpserver.expect_request("/api").respond_with_data(
        "", 302, headers={"Location": origin(httpserver) + "/other", "Set-Cookie": "a=b"}
    )
    with Outgoing(origin(httpserver), headers={}, private_hosts=LOCAL) as requests:
        assert [requests.request("GET", f"{origin(httpserver)}/api").status for _ in range(2)] == [302, 302]
    assert [(request.path, request.headers.get("Cookie")) for request, _ in httpserver.log] == [("/api", None)] * 2


def test_an_answer_without_an_end_is_cut(httpserver):
    def endless(request):
        return Response((b"x" * 65536 for _ in range(10**6)), direct_passthrough=True)

    httpserver.expect_request("/api").respond_with_handler(endless)
    with pytest.raises(Unreachable, match="larger than"):
        ask(origin(httpserver))


def test_an_answer_that_dribbles_meets_one_deadline(httpserver, monkeypatch):
    monkeypatch.setattr(safe_http, "WHOLE_SECONDS", 0.0)
    httpserver.expect_request("/api").respond_with_data("slow")
    with pytest.raises(Unreachable, match="took longer"):
        ask(origin(httpserver))


@contextmanager
def trickling(said: bytes) -> Iterator[str]:
    """Serve one connection that says something, and then one byte after the other for ever; yield its address."""
    over = threading.Event()

    def serve() -> None:
        connection, _ = listening.accept()
        with connection, contextlib.suppress(OSError):
            connection.sendall(said)
            while not over.wait(0.05):
                connection.sendall(b"x")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = threading.Thread(target=serve)
        server.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            over.set()
            server.join()


@pytest.mark.slow
@pytest.mark.parametrize(
    "said", [b"", b"HTTP/1.1 200 OK\r\nX-Long: ", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"]
)
def test_whatever_dribbles_the_whole_request_meets_one_deadline(monkeypatch, said):
    monkeypatch.setattr(safe_http, "WHOLE_SECONDS", 0.5)
    began = time.monotonic()
    with trickling(said) as address, pytest.raises(Unreachable, match="longer than"):
        ask(address)
    assert time.monotonic() - began < 3


@pytest.mark.slow
def test_a_request_that_was_given_up_leaves_nothing_running_and_the_next_one_works(httpserver, monkeypatch):
    monkeypatch.setattr(safe_http, "WHOLE_SECONDS", 0.5)
    with (
        trickling(b"HTTP/1.1 200 OK\r\nX-Long: ") as address,
        Outgoing(address, headers={}, private_hosts=LOCAL) as asking,
    ):
        with pytest.raises(Unreachable):
            asking.request("GET", f"{address}/api")
        patience = time.monotonic() + 5
        while any(each.name == safe_http.THREAD for each in threading.enumerate()):
            assert time.monotonic() < patience
            time.sleep(0.02)
    answer = threading.Event()

    def first_late(request):
        return Response("late" if not answer.is_set() and answer.wait(1) else "ok")

    httpserver.expect_request("/api").respond_with_handler(first_late)
    with Outgoing(origin(httpserver), headers={}, private_hosts=LOCAL) as requests:
        with pytest.raises(Unreachable):
            requests.request("GET", f"{origin(httpserver)}/api")
        answer.set()
        assert requests.request("GET", f"{origin(httpserver)}/api").body == b"ok"


@pytest.mark.slow
def test_a_name_server_that_does_not_answer_meets_the_same_deadline(monkeypatch):
    over = threading.Event()
    monkeypatch.setattr(safe_http, "WHOLE_SECONDS", 0.5)
    monkeypatch.setattr(safe_http.socket, "getaddrinfo", lambda *rest, **named: over.wait(5) and [])
    began = time.monotonic()
    with pytest.raises(Unreachable, match="longer than"):
        ask(f"https://{NAME}")
    over.set()
    assert time.monotonic() - began < 3


def test_the_next_page_is_whatever_the_header_says(httpserver):
    link = '<http://a.example/opaque?x=1>; rel="next", <http://a.example/1>; rel="first"'
    httpserver.expect_request("/api").respond_with_data("[]", headers={"Link": link})
    assert ask(origin(httpserver)).next_url == "http://a.example/opaque?x=1"


# --- encryption ---


def certificate(folder: Path, name: str) -> Path:
    """Make a certificate for a name, signed by itself, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), 1, now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "is_trusted", "is_answered"),
    [(NAME, True, True), ("other.example.edu", True, False), (NAME, False, False)],
)
def test_the_certificate_is_checked_against_the_hosts_name(tmp_path, dns, monkeypatch, name, is_trusted, is_answered):
    path = certificate(tmp_path, name)
    if is_trusted:
        monkeypatch.setattr(certifi, "where", lambda: str(path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    with HTTPServer("127.0.0.1", 0, ssl_context=context) as server:
        server.expect_request("/api").respond_with_data("yes")
        address = f"https://{NAME}:{server.port}"
        if is_answered:
            assert ask(address).body == b"yes"
        else:
            with pytest.raises(Unreachable, match="ConnectError"):
                ask(address)
            assert server.log == []
