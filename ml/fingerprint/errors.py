"""What can go wrong with stored fingerprints."""


class FingerprintError(Exception):
    """Stored fingerprint data can't be used; the message says why."""
