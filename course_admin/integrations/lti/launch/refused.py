"""LaunchRefused: a launch that is not believed, or leads nowhere."""


class LaunchRefused(Exception):
    """The text is a sentence for whoever opened it, and for the log: it names no token, key or person."""
