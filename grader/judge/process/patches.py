"""What a test puts in the place of names of Python's library, with mock or monkeypatch, whichever they are. Side: judge.

`mock.patch("os.path.exists")`, `monkeypatch.setattr(subprocess, "run", fake)`, `patch.dict("sys.modules", requests=fake)`: each
name that is patched is watched from then on, and stands beside the student's code as it stands here.
"""

import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, NamedTuple

GONE: Any = object()  # what stands under a name that is not there
SHARED_MODULES = sys.stdlib_module_names | {"numpy"}
#: Modules and names that have ways of their own, or mean the judge's process.
NOT_WATCHED = frozenset(("sys.stdout", "sys.stderr", "sys.stdin", "sys.argv", "sys.path", "sys.meta_path"))
JUDGES_OWN = frozenset(("unittest", "doctest", "warnings", "builtins"))
MODULES = "sys:modules"


class Entry(NamedTuple):
    """A name that is watched: where it is looked up, in which module (and class) and what stood there at first."""

    names: Mapping[str, Any]
    place: str  # "os", "pathlib:Path"
    name: str
    original: Any

    def now(self) -> Any:
        """Return what stands there now."""
        return self.names.get(self.name, GONE)


Watch = Callable[[Entry], None]
_patched: dict[tuple[str, str], Entry] = {}
_originals: list[tuple[Any, str, Callable[..., Any]]] = []


def patched() -> list[Entry]:
    """Return what has been patched earlier and still is, as by a fixture of several tests."""
    for key, entry in list(_patched.items()):
        if entry.now() is entry.original:
            del _patched[key]
    return list(_patched.values())


def stood(place: str, name: str) -> Any:
    """Return what stood under a name of the library's before a test patched it."""
    entry = _patched.get((place, name))
    return GONE if entry is None else entry.original


def forward(watch: Watch) -> None:
    """Have monkeypatch tell of what it patches, in this process from now on."""
    from _pytest.monkeypatch import MonkeyPatch  # a worker that grades imports this module, and has none

    def set_attribute(self: Any, *args: Any, **named: Any) -> None:
        own_attribute(self, *args, **named)
        if self._setattr:
            target, name, original = self._setattr[-1]
            _note(watch, target, name, original)

    def set_item(self: Any, dictionary: Any, name: Any, value: Any) -> None:
        original = dictionary.get(name, GONE) if dictionary is sys.modules else None
        own_item(self, dictionary, name, value)
        if dictionary is sys.modules:
            _watch(watch, Entry(sys.modules, MODULES, name, original))

    own_attribute = _replace(MonkeyPatch, "setattr", set_attribute)
    own_item = _replace(MonkeyPatch, "setitem", set_item)


def forward_mock(watch: Watch) -> None:
    """Have `unittest.mock`, which a suite has imported, tell of what it patches."""
    from unittest import mock  # which few suites need

    if any(holder is mock._patch for holder, _name, _own in _originals):
        return

    def enter(self: Any) -> Any:
        target = self.getter()
        original = _standing(target, self.attribute)
        entered = own_enter(self)
        _note(watch, target, self.attribute, original)
        return entered

    def patch_dict(self: Any) -> Any:
        done = own_dict(self)
        if self.in_dict is sys.modules:
            for name in self.values:
                _watch(watch, Entry(sys.modules, MODULES, name, self._original.get(name, GONE)))
        return done

    own_enter = _replace(mock._patch, "__enter__", enter)
    own_dict = _replace(mock._patch_dict, "_patch_dict", patch_dict)


def restore() -> None:
    """Undo both."""
    for holder, name, own in _originals:
        setattr(holder, name, own)
    _originals.clear()
    _patched.clear()


def _replace(holder: Any, name: str, other: Callable[..., Any]) -> Callable[..., Any]:
    own: Callable[..., Any] = vars(holder)[name]
    _originals.append((holder, name, own))
    setattr(holder, name, other)
    return own


def _standing(target: Any, name: str) -> Any:
    return vars(target).get(name, GONE) if _place(target) else GONE


def _note(watch: Watch, target: Any, name: str, original: Any) -> None:
    place = _place(target)
    if place is not None and f"{place}.{name}" not in NOT_WATCHED:
        _watch(watch, Entry(vars(target), place, name, original))


def _watch(watch: Watch, entry: Entry) -> None:
    known = _patched.setdefault((entry.place, entry.name), entry)
    watch(known)


def _place(target: Any) -> str | None:
    """Return what a module or class of the library is called on both sides; None for anything else."""
    if type(target) is ModuleType:
        module, path = target.__name__, ""
    elif issubclass(type(target), type):  # its real class: nothing of the student's is asked
        module, path = target.__module__, target.__qualname__
    else:
        return None
    top = str(module).partition(".")[0]
    if top not in SHARED_MODULES or (top in JUDGES_OWN and module != "builtins"):
        return None
    found: Any = sys.modules.get(module)
    for part in path.split(".") if path else ():
        found = getattr(found, part, None)
    return None if found is not target else f"{module}:{path}" if path else module
