class Interval:
    def __init__(self, low, high):
        if low > high:
            raise ValueError("low must not be above high")
        self.low = low
        self.high = high

    @property
    def length(self):
        return self.high - self.low

    def __contains__(self, other):
        if isinstance(other, Interval):
            return self.low <= other.low and other.high <= self.high
        return self.low <= other <= self.high

    def __and__(self, other):
        low, high = max(self.low, other.low), min(self.high, other.high)
        return Interval(low, high) if low <= high else None

    def __eq__(self, other):
        return isinstance(other, Interval) and (self.low, self.high) == (other.low, other.high)

    def __hash__(self):
        return hash((self.low, self.high))

    def __iter__(self):
        return iter(range(self.low, self.high + 1))


def merge(intervals):
    merged = []
    for interval in sorted(intervals, key=lambda each: each.low):
        if merged and interval.low <= merged[-1].high:
            merged[-1] = Interval(merged[-1].low, interval.low)
        else:
            merged.append(interval)
    return merged
