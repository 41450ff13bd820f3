def count_words(path):
    with open(path) as file:
        return len(file.read().split())


def reverse_lines(path):
    with open(path) as file:
        lines = file.readlines()
    with open(path, "w") as file:
        file.writelines(lines)
