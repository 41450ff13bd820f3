"""The engine's exceptions: what went wrong when it was not the student's code that failed. Side: any.

    GraderError
    |-- UsageError              the caller asked for something impossible; command line exit 2
    |   |-- SourceError         a submission that cannot be staged: a link out, a bomb, a name that is none
    |   |   `-- CommitGone      its host does not have the commit: perhaps not yet
    |   `-- SuiteError          a suite that cannot be used; names the file and, where known, the line
    `-- Fault                   ours: retried, then shown to staff, never scored; command line exit 3
        |-- SandboxUnavailable  an isolation mechanism is missing; names it. Grading refuses to start
        |-- SourceUnavailable   a repository could not be fetched now (grader.source.git.repository); to be retried
        |-- FetchNotAllowed     our settings forbid an address (the same file); staff mend them
        |-- JudgeFault          the judge died, or said something it should not
        |-- YardstickStalled    what a budget compares with ran out of time or memory: a busy machine, until it is tried again
        `-- RunTimedOut         the whole run passed its limit

Student code that fails raises none of these on the worker: it is a `Verdict`.
"""


class GraderError(Exception):
    """Base of every exception the engine raises on purpose; its text is one sentence."""


class UsageError(GraderError):
    """The caller's request cannot be carried out as it stands."""


class SourceError(UsageError):
    """A submission's files cannot be turned into a safe tree."""


class CommitGone(SourceError):
    """A repository does not have a commit that its host announced: it was replaced, or is served a moment later."""


class SuiteError(UsageError):
    """A suite is broken: the sentence names its file, and the line where there is one."""


class Fault(GraderError):
    """Something of ours failed; the attempt keeps its right to be graded."""


class SandboxUnavailable(Fault):
    """A sandbox cannot give what it promises here; the sentence names what is missing."""


class JudgeFault(Fault):
    """The judge ended or answered in a way that only a fault explains."""


class YardstickStalled(Fault):
    """A budget's yardstick ended before it answered; the sentence names the measured function."""


class RunTimedOut(Fault):
    """The whole run took longer than its limit allows."""
