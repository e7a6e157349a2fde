"""What can be wrong with a score, each with a stable code and a message that says what to do."""


class ScoreError(Exception):
    """A score that can't be used. ``code`` is stable; ``message`` is a full English sentence for people.

    Codes: not_a_score, empty, damaged, too_large, unsafe, no_notes, drums_only, unsupported.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
