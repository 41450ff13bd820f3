def apply_times(function, times, value):
    for _ in range(times):
        value = function(value)
    return value


def compose(*functions):
    def composed(value):
        for function in reversed(functions):
            value = function(value)
        return value

    return composed


def fixpoint(function, value):
    while (following := function(value)) != value:
        value = following
    return value
