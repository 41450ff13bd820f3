import dataclasses

import pytest

from inventory import Item, Warehouse


def test_fields():
    item = Item("bolt", 0.5, 10)
    assert (item.name, item.price, item.count) == ("bolt", 0.5, 10)


def test_default_count():
    assert Item("nut", 1).count == 0


def test_equality_is_by_value():
    assert Item("nut", 1) == Item("nut", 1)
    assert Item("nut", 1) != Item("nut", 2)


def test_repr():
    assert repr(Item("nut", 1)) == "Item(name='nut', price=1, count=0)"


def test_items_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Item("nut", 1).price = 2


def test_items_have_fields():
    assert [field.name for field in dataclasses.fields(Item)] == ["name", "price", "count"]


class TestWarehouse:
    def test_value(self):
        assert Warehouse([Item("nut", 1, 3), Item("bolt", 0.5, 4)]).value() == 5

    def test_warehouses_do_not_share(self):
        first, second = Warehouse(), Warehouse()
        first.add(Item("nut", 1))
        assert len(second.items) == 0
        assert len(first.items) == 1

    def test_find(self):
        assert Warehouse([Item("nut", 1)]).find("nut") == Item("nut", 1)
        assert Warehouse().find("nut") is None
