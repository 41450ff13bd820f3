import pytest

from graph_walk import Graph, NoPath


@pytest.fixture
def graph():
    return Graph({"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": ["e"], "x": []})


class TestPaths:
    def test_shortest(self, graph):
        assert graph.path("a", "e") in (["a", "b", "d", "e"], ["a", "c", "d", "e"])

    def test_to_itself(self, graph):
        assert graph.path("a", "a") == ["a"]

    def test_none(self, graph):
        with pytest.raises(NoPath) as caught:
            graph.path("a", "x")
        assert str(caught.value) == "no path from a to x"


class TestOrder:
    @pytest.fixture(autouse=True)
    def _graph(self, graph):
        self.graph = graph

    def test_neighbours_is_a_set(self):
        assert self.graph.neighbours("a") == {"b", "c"}

    def test_topological(self):
        order = self.graph.order()
        assert order.index("a") < order.index("b") < order.index("d") < order.index("e")

    def test_cycles(self):
        with pytest.raises(ValueError, match="cycle"):
            Graph({"a": ["b"], "b": ["a"]}).order()

    def test_reached(self):
        assert self.graph.reached("b") == frozenset("bde")
