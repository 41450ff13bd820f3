"""What the starter hands out as it stands: here the function with the three planted bugs. The reference has it right."""


def fixed_running_average(values):
    """Return the list of the means of the first 1, 2, 3, ... values; [] for [].

    This version has three bugs. Find them by printing what happens in each round, and mend them.
    """
    total = values[0]
    averages = []
    for i, value in enumerate(values):
        total += value
        averages.append(total // i)
    return averages
