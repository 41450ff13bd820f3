def insertion_sort(items, key=lambda item: item):
    result = []
    for item in items:
        place = len(result)
        while place and key(result[place - 1]) > key(item):
            place -= 1
        result.insert(place, item)
    return result


def top(scores, count):
    return sorted(scores, key=scores.get, reverse=True)[:count]
