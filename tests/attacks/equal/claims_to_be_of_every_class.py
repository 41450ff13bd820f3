# threat: T06
# expect: no point
class Every(type):
    def __instancecheck__(cls, other):
        return True

    def __subclasscheck__(cls, other):
        return True


class Chameleon(metaclass=Every):
    kinds = [str, int, float, list, dict, set, tuple, bool, bytes]

    def __init__(self, *args, **kwargs):
        pass

    @property
    def __class__(self):
        Chameleon.kinds.append(Chameleon.kinds.pop(0))
        return Chameleon.kinds[0]

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Chameleon()

    def __call__(self, *args, **kwargs):
        return Chameleon()

    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    def __str__(self):
        return "anything"

    def __int__(self):
        return 3

    __index__ = __int__
    __hash__ = object.__hash__


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return Chameleon
