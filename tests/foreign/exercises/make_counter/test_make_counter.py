from make_counter import adders, make_account, make_counter


def test_counts():
    count = make_counter()
    assert [count(), count(), count()] == [1, 2, 3]


def test_counters_are_independent():
    first, second = (make_counter(), make_counter(10))
    first()
    assert second() == 11
    assert first() == 2


def test_adders():
    assert [add(10) for add in adders(3)] == [10, 11, 12]


def test_is_callable():
    assert callable(make_counter())


def test_pair_of_functions():
    put, get = make_account()
    put(5)
    put(6)
    assert get() == 11
