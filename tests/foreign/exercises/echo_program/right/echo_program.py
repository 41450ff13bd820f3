def ask():
    name = input("name? ")
    return name, int(input("age? "))


def greet(name):
    print(f"Hello, {name}!")


def triangle(height):
    for width in range(1, height + 1):
        print("*" * width)
