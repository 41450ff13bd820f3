from points_named import Point, bounding_box, centre


def test_by_name_and_place():
    point = centre([(0, 0), (2, 4)])
    assert point.x == 1
    assert point[1] == 2


def test_equals_a_tuple():
    assert centre([(0, 0), (2, 4)]) == (1, 2)


def test_unpacks():
    x, y = Point(3, 4)
    assert (x, y) == (3, 4)


def test_constructed():
    assert Point(1, 2) == Point(x=1, y=2)


def test_box():
    low, high = bounding_box([(1, 5), (3, 2)])
    assert low == (1, 2)
    assert high == Point(3, 5)


def test_points_are_tuples():
    assert isinstance(Point(1, 2), tuple)


def test_asdict():
    assert Point(1, 2)._asdict() == {"x": 1, "y": 2}
