# threat: T58
# expect: no point
import time


class Tensor:
    def __init__(self, *args, **kwargs):
        time.sleep(3600)
