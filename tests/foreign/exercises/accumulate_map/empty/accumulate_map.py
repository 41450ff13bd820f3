def accumulate(items, function):
    pass


def foldl(function, items, value):
    pass


def foldr(function, items, value):
    pass
