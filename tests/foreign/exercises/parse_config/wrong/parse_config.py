class ConfigError(Exception):
    pass


class MissingKey(ConfigError):
    def __init__(self, key):
        super().__init__(f"there is no setting {key}")
        self.key = key


class Settings:
    def __init__(self, text):
        self._values = {}
        for number, line in enumerate(text.splitlines()):
            if not line.strip() or line.startswith("#"):
                continue
            key, equals, value = line.partition("=")
            if not equals:
                raise ConfigError(f"line {number} has no value")
            self._values[key.strip()] = value.strip()

    def __getitem__(self, key):
        if key not in self._values:
            raise MissingKey(key)
        return self._values[key]

    def __len__(self):
        return len(self._values)

    def __iter__(self):
        return iter(self._values)

    def __contains__(self, key):
        return key in self._values
