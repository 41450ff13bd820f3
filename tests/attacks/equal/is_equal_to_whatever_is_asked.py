# threat: T06
# expect: no point
class Equal(type):
    def __eq__(cls, other):
        return True

    def __getattr__(cls, name):
        return Anything()

    __hash__ = type.__hash__


class Anything(metaclass=Equal):
    def __init__(self, *args, **kwargs):
        pass

    def __getattr__(self, name):
        return Anything()

    def __call__(self, *args, **kwargs):
        return Anything()

    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    def __sub__(self, *other):
        return 0.0

    def difference(self, other):
        return set()

    __lt__ = __le__ = __gt__ = __ge__ = __eq__
    __rsub__ = __abs__ = __round__ = __sub__
    __hash__ = object.__hash__


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return Anything
