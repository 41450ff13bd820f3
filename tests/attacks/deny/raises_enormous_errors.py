# threat: T88
# expect: failed
class Slow(Exception):
    def __str__(self):
        return "x" * 10**7


Slow.__name__ = Slow.__qualname__ = "E" * 10**6


def fail(self, *args, **kwargs):
    problem = Slow()
    problem.__cause__ = problem
    raise problem


Tensor.sum = fail
