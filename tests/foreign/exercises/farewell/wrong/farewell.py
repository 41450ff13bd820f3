class Guest:
    def __init__(self, name):
        self.name = name
        print(f"Hello, {name}")

    def leave(self):
        print(f"Farewell, {self.name}")


class Party:
    def __init__(self):
        self.guests = []

    def __len__(self):
        return len(self.guests)

    def __contains__(self, name):
        return True

    def welcome(self, guest):
        self.guests.append(guest)

    def end(self):
        self.guests = []
