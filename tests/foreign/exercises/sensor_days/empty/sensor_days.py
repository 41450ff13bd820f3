def gaps(at):
    pass


def longest_pause(at):
    pass


def daily_means(at, values):
    pass
