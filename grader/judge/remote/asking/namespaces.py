"""The namespace of one of the student's modules, as `vars(work)` and `work.__dict__` give it. Side: judge."""

from collections.abc import Iterator, MutableMapping
from types import ModuleType
from typing import Any

from grader.judge.remote.current import current

TOLD = frozenset(("__all__", "__version__", "__author__", "__annotations__"))  # which are the module's author's
#: Of the special names in a module's namespace, those that are there for who looks through it.
SAID = TOLD | {"__name__", "__doc__"}


class Names(MutableMapping[str, Any]):
    """A module's names and what stands under them, looked up and set in the candidate."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module
        self.is_cleared = False

    def __getitem__(self, name: str) -> Any:
        try:
            return getattr(self.module, name)
        except AttributeError:
            raise KeyError(name) from None

    def __setitem__(self, name: str, value: Any) -> None:
        setattr(self.module, name, value)

    def __delitem__(self, name: str) -> None:
        try:
            delattr(self.module, name)
        except AttributeError:
            raise KeyError(name) from None

    def clear(self) -> None:
        """Be about to get back what was there, as `mock.patch.dict` does: nothing of the student's goes away meanwhile."""
        self.is_cleared = True

    def update(self, *others: Any, **named: Any) -> None:
        """Set several names; of those that are put back, the ones that the test had changed."""
        found = dict(*others, **named)
        if self.is_cleared:
            changed = {name for module, name in current().placed if module == self.module.__name__}
            for name in changed - found.keys():
                self.pop(name, None)
            found = {name: value for name, value in found.items() if name in changed}
            self.is_cleared = False
        for name, value in found.items():
            self[name] = value

    def __iter__(self) -> Iterator[str]:
        return iter([name for name in current().request("dir", self.module) if not is_special(name) or name in SAID])

    def copy(self) -> dict[str, Any]:
        """Return a dictionary of what stands under the names now."""
        return dict(self)

    def __len__(self) -> int:
        return len(list(iter(self)))


def is_special(name: str) -> bool:
    """Whether a name is one of Python's own, as `__name__` is."""
    return name.startswith("__") and name.endswith("__")
