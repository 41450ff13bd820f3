class Animal:
    sound = "..."

    def __init__(self, name):
        self.name = name
        self.fed = False

    def speak(self):
        return f"{self.name} says {self.sound}"


class Cat(Animal):
    sound = "meow"


class Dog(Animal):
    sound = "woof"
