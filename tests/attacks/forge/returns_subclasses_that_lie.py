# threat: T06
# expect: no point
class Text(str):
    def __eq__(self, other):
        return True

    __hash__ = str.__hash__


class Number(int):
    def __eq__(self, other):
        return True

    __hash__ = int.__hash__


class Pair(tuple):
    def __eq__(self, other):
        return True

    __hash__ = tuple.__hash__


class Tensor:
    def __init__(self, *args, **kwargs):
        self.shape, self.size, self.dtype, self.data = Pair(), Number(), Text("float32"), Pair()
        self.grad = Text()
        self.requires_grad = Number()

    def __repr__(self):
        return Text("Tensor")

    def numpy(self):
        return Pair()

    def matmul(self, other):
        return self

    reshape = transpose = sum = mean = max = lambda self, *args, **kwargs: self
    __add__ = __sub__ = __mul__ = __truediv__ = __matmul__ = matmul

    def __getitem__(self, key):
        return self
