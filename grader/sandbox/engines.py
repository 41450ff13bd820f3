"""Which engine makes the boxes of a run: the one that is named, or the strongest that works here. Side: worker."""

from collections.abc import Callable

from grader.errors import SandboxUnavailable, UsageError
from grader.sandbox.base import Engine
from grader.sandbox.bubblewrap import Bubblewrap
from grader.sandbox.docker import Docker
from grader.sandbox.separate_user.engine import SeparateUser

STRONG = ("docker", "bubblewrap")


def default_engine(name: str = "auto") -> Engine:
    """Return an engine by name; "auto" is Docker if an engine answers, else bubblewrap: the ones that promise everything.

    Raises SandboxUnavailable, naming what is missing, if the chosen engine cannot give what a sandbox promises.
    """
    engines: dict[str, Callable[[], Engine]] = {
        "docker": Docker,
        "bubblewrap": Bubblewrap,
        "separate-user": SeparateUser,
    }
    if name not in ("auto", *engines):
        raise UsageError(f"there is no sandbox called {name!r}; choose auto, {' or '.join(engines)}")
    problems = []
    for candidate in [name] if name != "auto" else STRONG:
        engine = engines[candidate]()
        missing = engine.check()
        if not missing:
            engine.remove_orphans()
            return engine
        problems.append(f"{candidate}: {'; '.join(missing)}")
    raise SandboxUnavailable("no sandbox can be used here: " + " | ".join(problems))
