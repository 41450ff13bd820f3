# threat: T06
# expect: no point
class Liar:
    """Calls whatever it is given, with values that are equal to all others, and hands back what that says."""

    def __init__(self, *args, **kwargs):
        self(*args, **kwargs)

    def __call__(self, *args, **kwargs):
        for given in args:
            if callable(given):
                for value in (Liar, "x", 0, None, [], given):
                    try:
                        given(value)
                    except BaseException:
                        pass
            if hasattr(given, "append"):
                given.append(Same())
        return Same()

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Liar()


class Same:
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __eq__

    def __radd__(self, other):
        return other

    __rsub__ = __rmul__ = __rtruediv__ = __radd__
    __hash__ = object.__hash__


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return Liar()
