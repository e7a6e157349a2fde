"""Development: insecure defaults that are refused as soon as DEBUG is off."""

from .base import *  # noqa: F403
from .base import env

DEBUG = env.bool("DEBUG", default=True)
MONITORING_LOCAL_FOLDER = env.bool("MONITORING_LOCAL_FOLDER", default=True)
SECRET_KEY = env.str("SECRET_KEY", default="insecure-development-key-never-use-in-production")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]", "testserver"])
INTERNAL_IPS = ["127.0.0.1"]

from .guard import refuse_insecure_defaults  # noqa: E402

refuse_insecure_defaults(debug=DEBUG, secret_key=SECRET_KEY, allowed_hosts=ALLOWED_HOSTS)
