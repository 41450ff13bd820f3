"""Which engine makes the boxes of a run: the one that is named, or the strongest that works here. Side: worker."""

from collections.abc import Callable

from grader.errors import SandboxUnavailable, UsageError
from grader.sandbox.base import Engine

STRONG = ("docker", "bubblewrap")


def default_engine(name: str = "auto", *, starts_at_once: bool = False) -> Engine:
    """Return an engine by name; "auto" is Docker if an engine answers, else bubblewrap: the ones that promise everything.

    An engine is tried by a box that nobody uses; not the last that comes into question for somebody who starts boxes of
    their own at once, and meets there what is missing.
    Raises SandboxUnavailable, naming what is missing, if the chosen engine cannot give what a sandbox promises.
    """
    engines: dict[str, Callable[[], Engine]] = {
        "docker": _docker,
        "bubblewrap": _bubblewrap,
        "separate-user": _separate_user,
    }
    if name not in ("auto", *engines):
        raise UsageError(f"there is no sandbox called {name!r}; choose auto, {' or '.join(engines)}")
    problems = []
    candidates = (name,) if name != "auto" else STRONG
    for candidate in candidates:
        engine = engines[candidate]()
        missing = engine.check(tries=not starts_at_once or candidate != candidates[-1])
        if not missing:
            engine.remove_orphans()
            return engine
        problems.append(f"{candidate}: {'; '.join(missing)}")
    raise SandboxUnavailable("no sandbox can be used here: " + " | ".join(problems))


def _docker() -> Engine:
    from grader.sandbox.docker import Docker  # whose client takes longer to import than many a suite to run

    return Docker()


def _bubblewrap() -> Engine:
    from grader.sandbox.bubblewrap import Bubblewrap

    return Bubblewrap()


def _separate_user() -> Engine:
    from grader.sandbox.separate_user.engine import SeparateUser

    return SeparateUser()
