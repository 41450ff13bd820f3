"""The first process of the judges' box: forks a judge for each suite, which collects it and waits for runs. Side: judge."""

import gc
import importlib
import os
import socket
import sys
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest

from grader.interpreter import seeding
from grader.judge import remote
from grader.judge.collection import POINTS, Collection
from grader.judge.control import Control, reap_children, seed_generators
from grader.judge.items.lookups import lookups
from grader.judge.limited import shown
from grader.judge.plugin import Judge
from grader.judge.starting import properties
from grader.judge.starting.arguments import arguments, enter, read_manifest
from grader.judge.starting.plain import run_plain
from grader.wire.messages import CONTROL_PATH, MESSAGE_BYTES, CollectSuite, Ready, RunPlain

SUITES = Path("/suite")
INTEGER_DIGITS = 10_000  # any integer that crosses can be written down in a message
#: pytest's own plug-ins that a judge has no use for; each costs time in every run.
UNUSED_PLUGINS = (
    "cacheprovider terminal pastebin junitxml doctest stepwise logging faulthandler debugging setuponly setupplan "
    "legacypath unraisableexception threadexception warnings nose capture hypothesispytest"
).split()


def main() -> NoReturn:
    """Connect, and fork a judge for each suite that the supervisor names, until it hangs up.

    The suites of one box belong together: a box shared by several courses would let one look into another's.
    """
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    sock.connect(CONTROL_PATH)
    sys.dont_write_bytecode = True
    sys.set_int_max_str_digits(INTEGER_DIGITS)
    seeding.install()
    control = Control(sock)
    control.send(Ready({"pytest": pytest.__version__, "numpy": np.__version__, "python": sys.version.split()[0]}))
    gc.freeze()  # what is here before a fork is no garbage, and looking at it would copy it into each child
    while True:
        job, fds = control.receive(CollectSuite, RunPlain)
        if os.fork() == 0:
            sock.close()
            own = Control(socket.socket(fileno=fds[0]))
            if isinstance(job, RunPlain):
                run_plain(own, SUITES / job.folder, job)
            assert isinstance(job, CollectSuite)
            judge_suite(own, job)
        os.close(fds[0])
        reap_children()


def judge_suite(control: Control, job: CollectSuite) -> NoReturn:
    """Collect one suite, and judge run after run until the supervisor hangs up."""
    control.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * MESSAGE_BYTES)
    root = SUITES / job.folder
    own = root / job.suite
    manifest = read_manifest(own)
    enter(own, root, manifest, [job.site] if job.site else [])
    remote.install(job.packages, own)
    remote.forward(own)
    shown.install()
    marks: Any = importlib.import_module("marks")
    marks.in_candidate = remote.RemoteFunction
    collection = Collection(root, job.suite, manifest.get("points", POINTS))
    collection.broken += lookups(own, job.packages)
    plugin = Judge(control, collection)
    plugin.is_sharing = manifest.get("arguments") != "copies"
    plugin.trusts_equality = manifest.get("trust_equality", False)
    properties.prepare(root)
    seed_generators("collection")
    options = ["-o", "strict_parametrization_ids=true", *(f"-pno:{name}" for name in UNUSED_PLUGINS)]
    pytest.main([*arguments(own, root, manifest), *options], plugins=[collection, plugin, remote.Guard()])
    plugin.report_broken()
    os._exit(0)
