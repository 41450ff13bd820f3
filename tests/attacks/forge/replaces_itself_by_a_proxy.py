# threat: T11
# expect: no point
import sys
import types


class Proxy(types.ModuleType):
    def __getattr__(self, name):
        return lambda *args, **kwargs: self

    def __call__(self, *args, **kwargs):
        return self

    def __eq__(self, other):
        return True

    __hash__ = types.ModuleType.__hash__


sys.modules[__name__] = Proxy(__name__)
