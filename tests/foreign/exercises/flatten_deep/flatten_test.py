import pytest

from flatten_deep import depth, flatten


@pytest.mark.parametrize(
    ("nested", "flat"),
    [
        ([], []),
        ([1, [2, [3, [4]]]], [1, 2, 3, 4]),
        ([[[]], []], []),
        (["ab", ["cd"]], ["ab", "cd"]),
        ([None, [0, None]], [0]),
    ],
    ids=["nothing", "deep", "empty", "texts", "none"],
)
def test_flatten(nested, flat):
    assert flatten(nested) == flat


def test_the_argument_is_left_alone():
    nested = [1, [2, [3]]]
    flatten(nested)
    assert nested == [1, [2, [3]]]


def test_tuples_are_opened():
    assert flatten((1, (2, 3), [4])) == [1, 2, 3, 4]


def test_depth():
    assert depth([]) == 1
    assert depth([1, [2, [3]]]) == 3
