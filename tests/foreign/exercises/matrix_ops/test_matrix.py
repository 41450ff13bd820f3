import pytest

from matrix_ops import Matrix


@pytest.fixture(scope="module")
def identity():
    return Matrix([[1, 0], [0, 1]])


def test_rows_and_columns():
    matrix = Matrix([[1, 2, 3], [4, 5, 6]])
    assert matrix.row(1) == [4, 5, 6]
    assert matrix.column(0) == [1, 4]
    assert matrix.shape == (2, 3)


def test_indexing():
    matrix = Matrix([[1, 2], [3, 4]])
    assert matrix[1, 0] == 3
    matrix[1, 0] = 9
    assert matrix[1, 0] == 9


def test_product(identity):
    matrix = Matrix([[1, 2], [3, 4]])
    assert matrix @ identity == matrix
    assert (matrix @ matrix).rows == [[7, 10], [15, 22]]


def test_shapes_must_fit(identity):
    with pytest.raises(ValueError, match=r"\(2, 2\) and \(1, 3\)"):
        identity @ Matrix([[1, 2, 3]])


def test_sum():
    assert (Matrix([[1]]) + Matrix([[2]])).rows == [[3]]


def test_not_equal(identity):
    assert identity != Matrix([[1, 0], [0, 2]])


def test_str(identity):
    assert str(identity) == "1 0\n0 1"


def test_rows_are_a_copy():
    rows = [[1, 2], [3, 4]]
    matrix = Matrix(rows)
    rows[0][0] = 100
    assert matrix[0, 0] == 1
