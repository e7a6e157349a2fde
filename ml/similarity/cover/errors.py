"""What can be wrong with a recording or with stored prints, in words that say what to do."""


class CoverError(Exception):
    """A cover search can't be done; the message says why and what helps.

    code: ``too_short``, ``no_print`` (stored bytes of another format or version) or ``no_index``.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
