# threat: T03
# expect: no point
import atexit

atexit.register(lambda: __import__("os")._exit(0))


class Tensor:
    def __init__(self, *args, **kwargs):
        raise SystemExit(0)

    def __del__(self):
        raise SystemExit(0)
