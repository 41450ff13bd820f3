class Guest:
    def __init__(self, name):
        self.name = name
        print(f"Hello, {name}")

    def __del__(self):
        print(f"Farewell, {self.name}")


class Party:
    def __init__(self):
        self.guests = {}

    def __len__(self):
        return len(self.guests)

    def __contains__(self, name):
        return name in self.guests

    def welcome(self, guest):
        if guest.name in self.guests:
            raise ValueError(f"{guest.name} is here already")
        self.guests[guest.name] = guest

    def end(self):
        self.guests.clear()
