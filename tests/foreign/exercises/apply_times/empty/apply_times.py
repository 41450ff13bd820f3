def apply_times(function, times, value):
    pass


def compose(*functions):
    pass


def fixpoint(function, value):
    pass
