# threat: T18
# expect: no point
import os
import time


class Tensor:
    def __init__(self, *args, **kwargs):
        if os.fork():
            os._exit(0)
        os.setsid()
        time.sleep(0.1)

    def __getattr__(self, name):
        return True
