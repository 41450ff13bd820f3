import pytest
from linked_list import LinkedList


def test_push_and_pop():
    items = LinkedList()
    items.push(10)
    items.push(20)
    assert items.pop() == 20
    assert items.pop() == 10


def test_both_ends():
    items = LinkedList([2, 3])
    items.unshift(1)
    assert items.shift() == 1
    assert list(items) == [2, 3]


def test_length():
    assert len(LinkedList("abc")) == 3
    assert len(LinkedList()) == 0


def test_delete():
    items = LinkedList([71, 83, 79])
    items.delete(83)
    assert list(items) == [71, 79]


def test_delete_what_is_not_there():
    with pytest.raises(ValueError) as err:
        LinkedList([1]).delete(2)
    assert err.value.args[0] == "Value not found"


def test_pop_of_nothing():
    with pytest.raises(IndexError):
        LinkedList().pop()


def test_reverse():
    assert list(reversed(LinkedList([1, 2, 3]))) == [3, 2, 1]


def test_head():
    items = LinkedList([1, 2])
    assert items.head.value == 1
    assert items.head.next.value == 2
    assert items.head.next.next is None
