class ConfigError(Exception):
    pass


class MissingKey(ConfigError):
    def __init__(self, key):
        pass


class Settings:
    def __init__(self, text):
        pass
