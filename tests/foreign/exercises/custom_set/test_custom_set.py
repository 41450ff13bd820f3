from custom_set import CustomSet


def test_empty():
    assert CustomSet().isempty() is True
    assert CustomSet([1]).isempty() is False


def test_contains():
    assert (1 in CustomSet([1, 2, 3])) is True
    assert (4 in CustomSet([1, 2, 3])) is False


def test_subset():
    assert CustomSet([1, 2]).issubset(CustomSet([1, 2, 3])) is True
    assert CustomSet([4]).issubset(CustomSet([1, 2, 3])) is False


def test_equal():
    assert CustomSet([1, 2]) == CustomSet([2, 1])
    assert CustomSet([1, 2, 3]) != CustomSet([1, 2])


def test_add():
    sut = CustomSet([1, 2])
    sut.add(3)
    assert sut == CustomSet([1, 2, 3])


def test_add_twice():
    sut = CustomSet([1, 2, 3])
    sut.add(3)
    assert len(sut) == 3


def test_union():
    assert CustomSet([1, 3]) + CustomSet([2]) == CustomSet([3, 2, 1])


def test_difference():
    assert CustomSet([1, 2, 3]) - CustomSet([2, 4]) == CustomSet([1, 3])


def test_intersection():
    assert CustomSet([1, 2, 3]).intersection(CustomSet([3, 4])) == CustomSet([3])
