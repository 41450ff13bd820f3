"""The decoder knows one exception, whatever becomes of a frame on its way; `make attacks` tries a million."""

import random
from typing import Any

import pytest

from grader.wire import decoding
from tests.attacks import mutated_frames


def test_a_spoilt_frame_is_a_value_or_a_protocol_error() -> None:
    outcome = mutated_frames.run(30_000, 60.0, seed=2)
    assert outcome.frames == 30_000
    assert outcome.others == {}
    assert outcome.values > 1000 < outcome.refused  # both ways are tried


def test_what_the_decoder_lets_through_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    def elements(data: bytes, dtype: Any) -> Any:
        return decoding.np.frombuffer(data, dtype)

    monkeypatch.setattr(decoding, "_elements", elements)
    assert mutated_frames.run(30_000, 60.0, seed=2).others["SystemError"] > 0


def test_the_same_seed_spoils_alike() -> None:
    first, again = (mutated_frames.spoil([b"abcdefgh"], random.Random(3)) for _ in range(2))
    assert [next(first) for _ in range(50)] == [next(again) for _ in range(50)]
