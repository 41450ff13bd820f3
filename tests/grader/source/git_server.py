"""A git server on the loopback interface: `git http-backend` behind a token, with faults that a test can switch on."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class GitServer(ThreadingHTTPServer):
    """Serves the bare repositories below `root`; remembers every Authorization header that it was sent."""

    daemon_threads = True

    def __init__(self, root: Path, authorization: str | None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.root, self.authorization = root, authorization
        self.seen: list[str | None] = []
        # "reflect": answer 403 with the credential in the text; "redirect": send elsewhere; "hang"; "said": answer `said`
        self.fault = ""
        self.said = b""  # as a server without git's own protocol would say it
        self.released = threading.Event()

    def url(self, name: str) -> str:
        """Return the address of one repository."""
        return f"http://localhost:{self.server_address[1]}/{name}"


class _Handler(BaseHTTPRequestHandler):
    server: GitServer

    def log_message(self, *_: object) -> None: ...

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def _answer(self, body: bytes) -> None:
        credential = self.headers.get("Authorization")
        self.server.seen.append(credential)
        if self.server.fault == "hang":
            self.server.released.wait(30)
        elif self.server.fault == "said":
            self._reply(200, self.server.said, **{"Content-Type": "text/plain"})
        elif self.server.fault == "redirect":
            self._reply(302, b"", Location=self.server.url("elsewhere.git") + "/info/refs?service=git-upload-pack")
        elif self.server.fault == "reflect":
            self._reply(403, f"{credential}\n".encode(), **{"Content-Type": "text/plain"})
        elif self.server.authorization and credential != self.server.authorization:
            self._reply(401, b"", **{"WWW-Authenticate": 'Basic realm="git"'})
        else:
            self._run_backend(body)

    def _run_backend(self, body: bytes) -> None:
        path, _, query = self.path.partition("?")
        environment = {
            "PATH": "/usr/bin:/bin",
            "GIT_PROJECT_ROOT": str(self.server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
        }
        output = subprocess.run(
            ["git", "http-backend"], input=body, env=environment, stdout=subprocess.PIPE, check=False
        )
        head, _, content = output.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self._reply(int(headers.pop("Status", "200").split()[0]), content, **headers)

    def _reply(self, status: int, content: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(content))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def serve_git(root: Path, authorization: str | None = None) -> Iterator[GitServer]:
    """Serve the repositories below a folder until the block ends."""
    with GitServer(root, authorization) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.released.set()
            server.shutdown()
            thread.join()
