import pytest

from resource_pool import OPEN, Pool, session


@pytest.fixture
def pool():
    return Pool(2)


def test_a_session_is_closed_when_it_is_dropped():
    steps = session("a")
    assert next(steps) == "a is open"
    assert OPEN == ["a"]
    del steps
    assert OPEN == []


def test_a_session_is_closed_when_its_loop_ends():
    for said in session("b"):
        assert said == "b is open"
        break
    assert OPEN == []


def test_only_so_many(pool):
    with pool.take() as one, pool.take() as two:
        assert one is not two
        with pytest.raises(RuntimeError, match="^no connection is left$"):
            pool.take()
    assert pool.free == 2


def test_one_is_given_back_after_an_error(pool):
    with pytest.raises(ZeroDivisionError):
        with pool.take():
            1 / 0
    assert pool.free == 2


@pytest.mark.parametrize("size", [0, -1])
def test_sizes(size):
    with pytest.raises(ValueError):
        Pool(size)
