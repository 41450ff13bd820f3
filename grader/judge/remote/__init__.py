"""What stands in the judge for the student's modules, classes, functions and instances. Side: judge.

Plain values come back by value; every other object is a `RemoteObject`. It has no `__array__`, and is compared with the
student's other objects only, because whatever answered would be the student's word; a `RemoteMisuse` says what to compare
instead.

    current    the running test's connection
    objects    instances, held in the candidate
    names      names in the student's modules, looked up at each use
    functions  functions that the suite marked `@in_candidate`
    modules    the student's modules as `import` gives them, and what crosses as a reference
    comparing  who may answer a comparison
    given      what a suite's names stand for in one test: plain values, classes of exceptions
    derived    classes of a test's that are derived from the student's
    guard      a KeyboardInterrupt of the student's
    lending    things of the test's own that the student's code may use
    asking     what Python would answer from a proxy's class
"""

from grader.judge.remote.asking.questions import forward, restore
from grader.judge.remote.current import current, use
from grader.judge.remote.functions import RemoteFunction
from grader.judge.remote.given import Given
from grader.judge.remote.guard import Guard
from grader.judge.remote.modules import RemoteFinder, RemoteModule, install, refer, students_name
from grader.judge.remote.names import RemoteName
from grader.judge.remote.objects import RemoteObject, make_proxy

__all__ = [
    "Given",
    "Guard",
    "RemoteFinder",
    "RemoteFunction",
    "RemoteModule",
    "RemoteName",
    "RemoteObject",
    "current",
    "forward",
    "install",
    "make_proxy",
    "refer",
    "restore",
    "students_name",
    "use",
]
