"""The one error of this package: a message for the person at the terminal."""


class DevstackError(RuntimeError):
    """Something about this machine stops Descant; the message says what and what to do."""
