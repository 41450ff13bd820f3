import functools


def logged(function):
    def wrapper(*args, **kwargs):
        wrapper.calls += 1
        return function(*args, **kwargs)

    wrapper.calls = 0
    return wrapper


def repeat(times):
    def decorate(function):
        def wrapper(*args):
            for _ in range(times):
                result = function(*args)
            return result

        return wrapper

    return decorate


def checked(kind):
    def decorate(function):
        def wrapper(value):
            if not isinstance(value, kind):
                raise TypeError(f"{kind.__name__} expected")
            return function(value)

        return wrapper

    return decorate
