# threat: T57
# expect: timed_out
# measures: cpu memory wall
def work(x):
    while True:
        pass
