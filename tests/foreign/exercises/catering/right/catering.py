from catering_data import VEGAN, VEGETARIAN, Unknown


def kind_of(name, ingredients):
    if not ingredients:
        raise Unknown(name)
    if ingredients <= VEGAN:
        return f"{name}: vegan"
    return f"{name}: vegetarian" if ingredients <= VEGETARIAN else f"{name}: with meat"
