def rotate(matrix):
    matrix[:] = [list(row) for row in zip(*reversed(matrix))]


def transpose(matrix):
    return [list(row) for row in zip(*matrix)]


def set_zeroes(matrix):
    rows = [i for i, row in enumerate(matrix) if 0 in row]
    columns = [j for j, column in enumerate(zip(*matrix)) if 0 in column]
    for i, row in enumerate(matrix):
        for j in range(len(row)):
            if i in rows or j in columns:
                row[j] = 0
