# threat: T15
# expect: no point
class Tensor:
    passed = correct = allclose = is_tensor = True

    def __init__(self, *args, **kwargs):
        self.score, self.verdict, self.points, self.__score__ = 100, "passed", 100, 100

    def __repr__(self):
        return "passed"
