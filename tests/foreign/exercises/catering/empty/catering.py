def kind_of(name, ingredients):
    pass
