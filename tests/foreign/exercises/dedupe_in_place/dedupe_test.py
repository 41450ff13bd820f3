from dedupe_in_place import dedupe, drop_negative, merge_into


def test_doubles_are_removed():
    items = [3, 1, 3, 2, 1]
    dedupe(items)
    assert items == [3, 1, 2]


def test_returns_how_many():
    assert dedupe(["a", "a", "a"]) == 2


def test_dict_in_place():
    stock = {"a": 1, "b": -1, "c": 0}
    drop_negative(stock)
    assert stock == {"a": 1, "c": 0}


def test_merge_into_a_dict():
    total = {"x": 1}
    merge_into(total, {"x": 2, "y": 3})
    merge_into(total, {"y": 1})
    assert total == {"x": 3, "y": 4}


def test_merge_leaves_the_other_alone():
    other = {"x": 1}
    merge_into({}, other)
    assert other == {"x": 1}


def test_sets_too():
    seen = {1, 2}
    merge_into(seen, {3})
    assert seen == {1, 2, 3}
