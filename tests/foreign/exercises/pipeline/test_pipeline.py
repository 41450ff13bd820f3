import pytest

from pipeline import Pipeline


@pytest.fixture
def clean():
    return Pipeline(str.strip, str.lower)


def test_runs_in_order(clean):
    assert clean("  Ada ") == "ada"


def test_steps_can_be_added(clean):
    longer = clean | (lambda text: text + "!")
    assert longer(" A") == "a!"
    assert clean(" A") == "a"


def test_length(clean):
    assert len(clean) == 2


def test_a_step_must_be_callable(clean):
    with pytest.raises(TypeError):
        clean | 3


class TestMapping:
    def test_maps(self, clean):
        assert list(clean.map([" A", "b "])) == ["a", "b"]

    def test_is_lazy(self):
        seen = []
        steps = Pipeline(lambda x: seen.append(x) or x)
        found = steps.map([1, 2, 3])
        assert seen == []
        assert next(found) == 1
        assert seen == [1]
