# threat: T05
# expect: no point
class Everything(ValueError, TypeError, IndexError):
    """Whatever a negative test looks for."""


class Tensor:
    def __init__(self, *args, **kwargs):
        pass

    def __getattr__(self, name):
        def method(*args, **kwargs):
            raise Everything("Inner dimensions must match 2 ≠ 3; Total elements must match 6 ≠ 4")

        return method

    def __getitem__(self, key):
        raise Everything("index")

    __add__ = __sub__ = __mul__ = __truediv__ = __matmul__ = __getitem__
