# threat: T57
# expect: no point
class Tensor:
    def __init__(self, *args, **kwargs):
        while True:
            pass
