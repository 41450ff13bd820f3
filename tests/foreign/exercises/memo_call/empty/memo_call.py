def memoize(function):
    pass
