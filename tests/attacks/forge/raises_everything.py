# threat: T05
# expect: no point
class Everything(ValueError, TypeError, IndexError, AttributeError, NotImplementedError):
    """Whatever a negative test looks for."""


TEXT = "Inner dimensions must match 2 ≠ 3; Total elements must match 6 ≠ 4; shape axis index"


class Tensor:
    def __init__(self, *args, **kwargs):
        raise Everything(TEXT)
