"""Tests: the embedded services of the run, fast password hashing, mail kept in memory."""

from pathlib import Path

from .base import *  # noqa: F403
from .base import BASE_DIR, STORAGES, env

DEBUG = False
SECRET_KEY = "insecure-key-of-the-test-suite-which-serves-nobody"  # noqa: S105
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# A folder of the run (tests/services.py), which goes with it. Without one, as for the type checker, nothing is written.
_FILES = Path(env.str("TEST_FILES", default="") or BASE_DIR / ".build" / "test")
STATIC_ROOT = _FILES / "static"
# Another process of the same run is told where its files are.
MEDIA_ROOT = Path(env.str("TEST_MEDIA_ROOT", default="") or _FILES / "media")
REGISTRY_SEGMENT_DIR = str(_FILES / "segments")
STORAGES = {
    **STORAGES,
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(MEDIA_ROOT)}},
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
AXES_ENABLED = False
# Most tests run in one transaction, which other threads would not see.
MONITORING_CHUNKS_AT_ONCE = env.int("MONITORING_CHUNKS_AT_ONCE", default=1)
