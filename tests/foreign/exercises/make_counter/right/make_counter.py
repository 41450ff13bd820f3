def make_counter(start=0):
    def count():
        nonlocal start
        start += 1
        return start

    return count


def adders(count):
    return [lambda x, n=n: x + n for n in range(count)]


def make_account():
    total = [0]

    def put(amount):
        total[0] += amount

    return put, lambda: total[0]
