class GaveUp(Exception):
    pass


def retry(function, times):
    for _ in range(times - 1):
        try:
            return function()
        except ConnectionError:
            continue
    raise GaveUp(f"tried {times} times")
