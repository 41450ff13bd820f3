from apply_times import apply_times, compose, fixpoint


def test_three_times():
    assert apply_times(lambda x: x + 2, 3, 1) == 7


def test_never():
    assert apply_times(lambda x: x * 100, 0, 5) == 5


def test_texts():
    assert apply_times(lambda text: text + "!", 2, "hey") == "hey!!"


def test_compose():
    assert compose(lambda x: x + 1, lambda x: x * 2)(5) == 11


def test_compose_nothing():
    assert compose()(5) == 5


def test_fixpoint():
    assert fixpoint(lambda n: n // 2, 100) == 0


def test_how_often_it_is_called():
    seen = []
    apply_times(lambda x: seen.append(x) or x + 1, 3, 0)
    assert seen == [0, 1, 2]
