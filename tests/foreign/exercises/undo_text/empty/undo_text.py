class Editor:
    def __init__(self, text):
        pass
