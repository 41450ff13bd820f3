"""Control messages: every kind arrives as it was sent, and whatever is not exactly one of those expected is refused."""

import typing
from typing import Any

import pytest

from grader.wire import messages, values
from grader.wire.messages import Forked, ForkTest, Granted, JudgeRun, Message, Tidied, Withheld, pack, unpack

KINDS = [
    kind
    for kind in vars(messages).values()
    if isinstance(kind, type) and issubclass(kind, Message) and kind is not Message
]
SAMPLES: dict[str, Any] = {
    "dict[str, str]": {"numpy": "2.4"},
    "list[list[int]]": [[7, 1], [8, 2]],
    "list[str]": ["a", "b"],
    "list[dict[str, Any]]": [{"id": "a", "points": 1.5}],
    "dict[str, Any] | None": {"cpu": 1.5},
    "list[Any] | None": ["speed", 1.5, "asc"],
    "int | None": 3,
    "float | None": 0.5,
    "str": "text",
    "int": 7,
    "float": 1.5,
    "bool": True,
}


def sample(kind: type[Message]) -> Message:
    return kind(
        **{
            name: SAMPLES[
                getattr(hint, "__name__", "") if hint in (str, int, float, bool) else str(hint).replace("typing.", "")
            ]
            for name, hint in typing.get_type_hints(kind).items()
        }
    )


def packed(**fields: Any) -> bytes:
    return values.encode(fields, lambda _object: None, 1 << 16)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_arrives_as_it_was_sent(kind: type[Message]) -> None:
    message = sample(kind)
    assert unpack(pack(message), *KINDS) == message


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_kind_that_is_not_expected_is_refused(kind: type[Message]) -> None:
    with pytest.raises(values.ProtocolError, match="not one of the control messages"):
        unpack(pack(sample(kind)), *(other for other in KINDS if other is not kind))


@pytest.mark.parametrize(
    "body",
    [
        packed(kind="Forked"),
        packed(kind="Forked", pid=1, more=2),
        packed(kind="Forked", pid="1"),
        packed(kind="Forked", pid=True),
        packed(kind="Forked", pid=1.0),
        packed(kind="Tidied", ended=[[1, "x"]]),
        packed(kind="Tidied", ended=((1, 2),)),
        packed(kind=["Forked"], pid=1),
        packed(pid=1),
        values.encode([1, 2], lambda _object: None, 100),
        b"",
        b"\xc1",
    ],
)
def test_other_fields_or_types_are_refused(body: bytes) -> None:
    with pytest.raises(values.ProtocolError):
        unpack(body, Forked, Tidied)


def test_a_whole_number_may_stand_for_a_number_of_seconds() -> None:
    run = JudgeRun(1, ["a"], None, 10, 60, [], 1, 1, 10, 1)
    assert unpack(pack(run), JudgeRun) == run


def test_a_message_that_is_too_large_is_never_sent() -> None:
    with pytest.raises(values.ValueRefused):
        pack(Withheld("failed", "x" * messages.MESSAGE_BYTES))
    assert len(pack(Granted(1))) < 100


def test_a_message_has_exactly_its_fields_and_keeps_them() -> None:
    assert ForkTest([], 1, []) == ForkTest(packages=[], frame_bytes=1, test_limits=[], tidy=False)
    assert Forked(1) != Forked(2)
    assert repr(Forked(1)) == "Forked(pid=1)"
    wrong: list[tuple[tuple[Any, ...], dict[str, Any]]] = [((), {}), ((1, 2), {}), ((1,), {"pid": 1}), ((), {"id": 1})]
    for args, named in wrong:
        with pytest.raises(TypeError, match="pid"):
            Forked(*args, **named)
    with pytest.raises(AttributeError, match="stays as it is"):
        vars(Message)["__setattr__"](Forked(1), "pid", 2)
