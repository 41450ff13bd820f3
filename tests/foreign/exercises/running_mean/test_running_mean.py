from running_mean import histogram, longest, running_mean


def readings():
    yield 2
    yield 4
    yield 9


def test_of_a_generator():
    assert list(running_mean(readings())) == [2.0, 3.0, 5.0]


def test_of_a_generator_expression():
    assert list(running_mean((n * 2 for n in (1, 2)))) == [2.0, 3.0]


def test_of_a_range():
    assert list(running_mean(range(3))) == [0.0, 0.5, 1.0]


def test_of_a_map():
    assert list(running_mean(map(int, "13"))) == [1.0, 2.0]


def test_of_dict_views():
    assert longest({"a": 1, "ccc": 2}.keys()) == "ccc"
    assert list(running_mean({"a": 1, "b": 5}.values())) == [1.0, 3.0]


def test_histogram():
    assert histogram(zip("aab", [1, 2, 3])) == {"a": 3, "b": 3}
