import pytest

import patched_rate


def test_default_rate():
    assert patched_rate.RATE == 0.19
    assert patched_rate.gross(100) == pytest.approx(119)


def test_another_rate(monkeypatch):
    monkeypatch.setattr(patched_rate, "RATE", 0.5)
    assert patched_rate.gross(100) == 150


def test_the_rate_is_back():
    assert patched_rate.gross(100) == pytest.approx(119)


def test_a_rate_that_is_set():
    patched_rate.RATE = 1
    try:
        assert patched_rate.gross(10) == 20
    finally:
        patched_rate.RATE = 0.19


def test_approx_lists():
    assert patched_rate.all_gross([1, 2]) == pytest.approx([1.19, 2.38])
