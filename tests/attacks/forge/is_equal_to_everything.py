# threat: T06
# expect: no point
class Equal(type):
    def __instancecheck__(cls, other):
        return True

    def __subclasscheck__(cls, other):
        return True

    def __eq__(cls, other):
        return True

    __hash__ = type.__hash__


class Tensor(metaclass=Equal):
    def __init__(self, *args, **kwargs):
        pass

    def __getattr__(self, name):
        return Tensor()

    def __call__(self, *args, **kwargs):
        return Tensor()

    def __eq__(self, other):
        return True

    __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __eq__

    def __hash__(self):
        return 0

    def __bool__(self):
        return True

    def __len__(self):
        return 1

    def __getitem__(self, key):
        return Tensor()

    def __array__(self, *args, **kwargs):
        return 1

    def __float__(self):
        return 1.0

    __add__ = __sub__ = __mul__ = __truediv__ = __matmul__ = lambda self, other: Tensor()


BYTES_PER_FLOAT32 = KB_TO_BYTES = MB_TO_BYTES = Tensor()
