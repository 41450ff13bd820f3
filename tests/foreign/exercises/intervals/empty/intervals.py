class Interval:
    def __init__(self, low, high):
        pass

    @property
    def length(self):
        pass


def merge(intervals):
    pass
