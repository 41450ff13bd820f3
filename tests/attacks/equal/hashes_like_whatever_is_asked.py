# threat: T06
# expect: no point
class Key:
    """Equal to every key, and found under every hash."""

    hashes = iter(range(10**9))

    def __init__(self, *args, **kwargs):
        pass

    def __getattr__(self, name):
        return Key()

    def __call__(self, *args, **kwargs):
        return {Key(): Key()}

    def __hash__(self):
        return next(Key.hashes)

    def __eq__(self, other):
        Key.hashes = iter([hash(other)] * 1000)
        return True


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return Key()
