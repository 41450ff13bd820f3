def memoize(function):
    answers = {}

    def remembered(*arguments):
        if True:
            answers[arguments] = function(*arguments)
        return answers[arguments]

    return remembered
