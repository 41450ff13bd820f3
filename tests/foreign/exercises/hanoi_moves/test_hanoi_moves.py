import hanoi_moves


def test_nothing_to_do():
    assert hanoi_moves.moves(0) == []


def test_one_disc():
    assert hanoi_moves.moves(1) == [("A", "C")]


def test_two_discs():
    assert hanoi_moves.moves(2) == [("A", "B"), ("A", "C"), ("B", "C")]


def test_no_larger_disc_on_a_smaller_one():
    pegs = {"A": [5, 4, 3, 2, 1], "B": [], "C": []}
    for source, target in hanoi_moves.moves(5):
        disc = pegs[source].pop()
        assert not pegs[target] or pegs[target][-1] > disc
        pegs[target].append(disc)
    assert pegs["C"] == [5, 4, 3, 2, 1]


def test_number_of_moves():
    assert len(hanoi_moves.moves(8)) == 255
