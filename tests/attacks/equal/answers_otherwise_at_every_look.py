# threat: T06
# expect: no point
class Text(str):
    """A text that is another one whenever it is looked at, and equal to all of them."""

    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    def __hash__(self):
        return 0


class Number(int):
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    def __hash__(self):
        return 0

    __lt__ = __le__ = __gt__ = __ge__ = __eq__


class Shifting:
    looks = 0

    def __init__(self, *args, **kwargs):
        pass

    def __getattribute__(self, name):
        Shifting.looks += 1
        if name.startswith("__"):
            return object.__getattribute__(self, name)
        return [Number(7), Text("x"), Shifting(), None][Shifting.looks % 4]

    def __call__(self, *args, **kwargs):
        Shifting.looks += 1
        return [Number(7), Text("x"), Shifting()][Shifting.looks % 3]

    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    __hash__ = object.__hash__


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return Shifting()
