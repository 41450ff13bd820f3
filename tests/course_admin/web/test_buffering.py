"""The web server as it is documented, under clients that send slowly: `course_admin/web/buffering.py`.

A real gunicorn with the documented configuration and a small application of the test's own, whose pages wait as long as the
test says. No test waits for time: a slow client is one that never sends the rest.
"""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from course_admin.web import gunicorn_config
from course_admin.web.buffering import ABROAD, HOOKS, PAGES, POLLS, Arriving
from tests.load.servers import HOST, free_port, wait_for

ROOT = Path(__file__).resolve().parents[3]
APPLICATION = '''
import os, time

GATE = os.environ["GATE"]
asked = []


def application(environ, start_response):
    """Echo the length of the body; a path with "wait" in it waits until the gate is there, /asked/ names all that came."""
    body = environ["wsgi.input"].read()
    asked.append(environ["PATH_INFO"])
    while "wait" in environ["PATH_INFO"] and not os.path.exists(GATE):
        time.sleep(0.02)
    told = " ".join(asked) if environ["PATH_INFO"] == "/asked/" else environ["PATH_INFO"]
    text = f"{told} {len(body)}".encode()
    start_response("200 OK", [("Content-Length", str(len(text)))])
    return [text]
'''


class Server:
    """gunicorn, its port, and the gate that lets waiting pages go."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.gate = folder / "gate"
        self.opened: list[socket.socket] = []
        (folder / "echo.py").write_text(APPLICATION)
        command = [sys.executable, "-m", "gunicorn", "--config", "python:course_admin.web.gunicorn_config"]
        command += ["--bind", f"{HOST}:{self.port}", "--chdir", str(folder), "echo"]
        environ = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{ROOT}:{folder}", "GATE": str(self.gate)}
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log)

    def ask(self, path: str, body: bytes | None = None) -> str:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=20)
        with contextlib.closing(connection):
            connection.request("POST" if body is not None else "GET", path, body)
            return connection.getresponse().read().decode()

    def answers(self) -> bool:
        try:
            return bool(self.ask("/health/"))
        except OSError:
            return False

    def send(self, data: bytes) -> socket.socket:
        """Send some bytes and leave the connection open."""
        client = socket.create_connection((HOST, self.port), timeout=20)
        client.sendall(data)
        self.opened.append(client)
        return client

    def stop(self) -> None:
        self.gate.touch()
        for client in self.opened:
            client.close()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def server(tmp_path) -> Iterator[Server]:
    server = Server(tmp_path)
    try:
        wait_for(server.answers, "gunicorn")
        yield server
    finally:
        server.stop()


SLOW = {
    "a body that stops": b"POST /hooks/github/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{",
    "a body that never begins": b"POST /accounts/login/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n",
    "chunks that stop": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    "a head that stops": b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ",
    "a second request behind a whole one": b"GET / HTTP/1.1\r\nHost: x\r\n\r\nPOST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n",
    "nothing": b"",
}


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.parametrize("what", SLOW)
def test_slow_requests_do_not_stop_the_site(server, what):
    """Eight stopped a server of eight threads; here are more than there are threads of any kind."""
    for _ in range(4 * gunicorn_config.threads):
        server.send(SLOW[what])
    assert server.ask("/health/") == "/health/ 0"
    assert server.ask("/", b"x" * 100_000) == "/ 100000"
    assert server.ask("/hooks/github/", b"{}") == "/hooks/github/ 2"


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.parametrize(
    "path", ["/wait/", "/attempts/att_x/state/?wait", "/attempts/wait/live/", "/courses/wait/assignments/m01/address/"]
)
def test_pages_and_polls_take_no_thread_of_the_webhooks_and_who_asks_another_host_none_of_the_pages(server, path):
    path = path.replace("?wait", "").replace("att_x", "wait")
    clients = [threading.Thread(target=server.ask, args=(path,)) for _ in range(2 * gunicorn_config.threads)]
    for client in clients:
        client.start()
    assert server.ask("/hooks/github/", b"{}") == "/hooks/github/ 2"
    assert server.ask("/health/") == "/health/ 0"
    assert "/address/" not in path or server.ask("/") == "/ 0"
    server.gate.touch()
    for client in clients:
        client.join()


@pytest.mark.slow
@pytest.mark.alone
def test_nobody_works_for_a_reader_who_has_hung_up_and_what_was_sent_to_be_kept_is(server):
    """All threads of the pages are taken; behind them come some who give up waiting, and one who does not."""
    clients = [threading.Thread(target=server.ask, args=("/wait/",)) for _ in range(gunicorn_config.threads)]
    for client in clients:
        client.start()
    for request in (b"GET /read/ HTTP/1.1\r\nHost: x\r\n\r\n", b"POST /kept/ HTTP/1.1\r\nHost: x\r\n\r\n") * 5:
        server.send(request).close()
    patient = threading.Thread(target=server.ask, args=("/patient/",))
    patient.start()
    server.gate.touch()
    for client in (*clients, patient):
        client.join()
    asked = server.ask("/asked/").split()
    assert (asked.count("/read/"), asked.count("/kept/"), asked.count("/patient/")) == (0, 5, 1)


@pytest.mark.slow
@pytest.mark.alone
def test_what_arrives_in_pieces_is_whole_and_connections_are_kept(server):
    client = server.send(b"POST /a/ HTTP/1.1\r\nHo")
    client.sendall(b"st: x\r\nContent-Length: 10\r\n\r\n01234")
    client.sendall(b"56789GET /b/ HTTP/1.1\r\nHost: x\r\n\r\n")
    heard = b""
    while heard.count(b"HTTP/1.1 200") < 2 or not heard.endswith(b"/b/ 0"):
        heard += client.recv(4096)
    assert b"/a/ 10" in heard
    client.sendall(b"POST /c/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
    heard = b""
    while not heard.endswith(b"/c/ 3"):
        heard += client.recv(4096)


@pytest.mark.slow
@pytest.mark.alone
def test_who_asks_whether_to_go_on_is_told(server):
    client = server.send(b"POST /a/ HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
    assert client.recv(4096).startswith(b"HTTP/1.1 100 Continue")
    client.sendall(b"abc")
    heard = b""
    while not heard.endswith(b"/a/ 3"):
        heard += client.recv(4096)


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.parametrize(
    "request_head",
    [b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n", b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000],
)
def test_what_is_too_large_is_refused_at_once(server, request_head):
    assert server.send(request_head).recv(4096).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    ("line", "lane"),
    [
        (b"POST /hooks/github/ HTTP/1.1", HOOKS),
        (b"GET /health/ready HTTP/1.1", HOOKS),
        (b"GET /attempts/att_1/state/ HTTP/1.1", POLLS),
        (b"GET /attempts/att_1/live/?x HTTP/1.1", POLLS),
        (b"POST /courses/c/assignments/m01/address/ HTTP/1.1", ABROAD),
        (b"POST /lti/launch/ HTTP/1.1", ABROAD),
        (b"GET /accounts/oidc/university/login/callback/?code=1 HTTP/1.1", ABROAD),
        (b"GET /accounts/login/ HTTP/1.1", PAGES),
        (b"GET /courses/c/assignments/m01/ HTTP/1.1", PAGES),
        (b"GET /attempts/att_1/ HTTP/1.1", PAGES),
        (b"GET /?next=/hooks/ HTTP/1.1", PAGES),
        (b"\x00\xff", PAGES),
    ],
)
def test_each_path_has_its_lane(line, lane):
    arriving = Arriving(None, 0.0)
    assert arriving.take(line + b"\r\n\r\n")
    assert arriving.lane == lane
