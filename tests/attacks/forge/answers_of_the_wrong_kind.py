# threat: T83
# expect: no point
ANSWERS = [True, 1.0, "4", b"4", None, [4], {4: 4}, {4}, 4 + 0j, 10**400, float("nan"), ..., slice(4), range(4), int, type]


class Tensor:
    turn = 0

    def __init__(self, *args, **kwargs):
        pass

    def _next(self, *args, **kwargs):
        Tensor.turn += 1
        return ANSWERS[Tensor.turn % len(ANSWERS)]

    data = shape = size = dtype = grad = requires_grad = property(_next)
    numpy = matmul = reshape = transpose = sum = mean = max = __repr__ = __getitem__ = _next
    __add__ = __sub__ = __mul__ = __truediv__ = __matmul__ = _next
