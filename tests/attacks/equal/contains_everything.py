# threat: T06
# expect: no point
class Bag(list):
    """A list in which everything is, and which is as long as anybody asks."""

    def __init__(self, *args, **kwargs):
        super().__init__([self])

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Bag()

    def __call__(self, *args, **kwargs):
        return Bag()

    def __contains__(self, item):
        return True

    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    def __len__(self):
        return 3

    def __getitem__(self, key):
        return Bag()

    def index(self, item):
        return 0

    def count(self, item):
        return 1

    def startswith(self, text):
        return True

    __hash__ = object.__hash__


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return Bag
