"""The first process of the judges' box: forks a judge for each suite, which collects it and waits for runs. Side: judge."""

import importlib
import os
import shlex
import socket
import sys
import tomllib
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest

from grader.judge import remote
from grader.judge.collection import POINTS, Collection
from grader.judge.control import Control, reap_children
from grader.judge.items import cases
from grader.judge.plugin import Judge
from grader.wire.messages import CONTROL_PATH, MESSAGE_BYTES, CollectSuite, Ready

SUITES = Path("/suite")
MANIFEST = "suite.toml"
INTEGER_DIGITS = 10_000  # any integer that crosses can be written down in a message
#: pytest's own plug-ins that a judge has no use for; each costs time in every run.
UNUSED_PLUGINS = (
    "cacheprovider terminal pastebin junitxml doctest stepwise logging faulthandler debugging setuponly setupplan "
    "legacypath unraisableexception threadexception warnings nose capture"
).split()


def main() -> NoReturn:
    """Connect, and fork a judge for each suite that the supervisor names, until it hangs up.

    The suites of one box belong together: a box shared by several courses would let one look into another's.
    """
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    sock.connect(CONTROL_PATH)
    sys.dont_write_bytecode = True
    sys.set_int_max_str_digits(INTEGER_DIGITS)
    control = Control(sock)
    control.send(Ready({"pytest": pytest.__version__, "numpy": np.__version__, "python": sys.version.split()[0]}))
    while True:
        job, fds = control.receive(CollectSuite)
        if os.fork() == 0:
            sock.close()
            judge_suite(Control(socket.socket(fileno=fds[0])), job)
        os.close(fds[0])
        reap_children()


def judge_suite(control: Control, job: CollectSuite) -> NoReturn:
    """Collect one suite, and judge run after run until the supervisor hangs up."""
    control.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * MESSAGE_BYTES)
    root = SUITES / job.folder
    own = root / job.suite
    os.chdir(own)  # data files are opened by their names, as where plain pytest is started
    manifest = tomllib.loads((own / MANIFEST).read_text(encoding="utf-8"))
    patterns = ["test_*.py", "*_test.py", *(Path(name).name for name in manifest.get("tests", ()))]
    places = {str(path.parent) for pattern in patterns for path in own.rglob(pattern)}
    sys.path[:0] = [str(own), *sorted(places - {str(own)}), str(root)]  # helpers lie beside the tests
    remote.install(job.packages)
    remote.forward()
    marks: Any = importlib.import_module("marks")
    marks.in_candidate = remote.RemoteFunction
    cases.refuse_assertions()
    collection = Collection(root, job.suite, manifest.get("points", POINTS))
    plugin = Judge(control, collection)
    plugin.is_sharing = manifest.get("arguments") != "copies"
    plugin.trusts_equality = manifest.get("trust_equality", False)
    arguments = [str(own), f"--rootdir={root}", "--import-mode=importlib", "-c", os.devnull]
    arguments += ["-o", "addopts=", "-o", "strict_parametrization_ids=true"]
    arguments += ["-o", f"python_files={shlex.join(patterns)}"]
    arguments += [f"-pno:{name}" for name in UNUSED_PLUGINS]
    pytest.main(arguments, plugins=[collection, plugin, remote.Guard()])
    plugin.report_broken()
    os._exit(0)
