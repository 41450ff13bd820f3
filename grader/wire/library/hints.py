"""Unions and aliases of types, such as `int | None` and `List[str]`, as their parts and back. Side: any."""

import functools
import operator
import typing
from types import GenericAlias, UnionType
from typing import Any

from grader.wire.kinds import TYPE_NAMES

Parts = tuple[Any, ...]
MAX_UNION = 50  # classes in one: what is made of them takes far longer than its bytes do to arrive
_TYPING = frozenset("Union List Dict Set FrozenSet Tuple Sequence Iterable Iterator Mapping Collection".split())
ALIASES = (GenericAlias, UnionType, type(typing.List[int]), type(typing.Optional[int]))  # noqa: UP006, UP045


def _is_in_union(kind: Any) -> bool:
    return type(kind) is GenericAlias or (isinstance(kind, type) and kind in TYPE_NAMES)


def of_union(value: UnionType) -> Parts | None:
    """Return the parts of a union of types that cross; None of any other."""
    kinds = value.__args__
    return (kinds,) if len(kinds) <= MAX_UNION and all(map(_is_in_union, kinds)) else None


def made_union(kinds: Parts) -> Any:
    """Return the union of some types. Raises ValueError for what is in none."""
    if not 2 <= len(kinds) <= MAX_UNION or not all(map(_is_in_union, kinds)):
        raise ValueError("other kinds than there are in one")
    return functools.reduce(operator.or_, kinds)


def of_typing(value: Any) -> Parts | None:
    """Return the name and the arguments of `Optional[int]` or `List[str]`, if these are plain."""
    name = "Union" if value.__origin__ is typing.Union else value._name
    kinds = value.__args__
    is_plain = len(kinds) <= MAX_UNION and all(kind in TYPE_NAMES or type(kind) in ALIASES for kind in kinds)
    return (name, kinds) if is_plain and name in _TYPING else None


def made_typing(name: str, kinds: Parts) -> Any:
    """Return an alias by its name and arguments. Raises ValueError for one that does not cross."""
    if name not in _TYPING or not 1 <= len(kinds) <= MAX_UNION:
        raise ValueError("a name of typing's that does not cross")
    return getattr(typing, name)[kinds]
