"""Which services come from the environment, which are embedded, and the URLs that follow."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg

from .errors import DevstackError
from .roles import LOGIN_ROLES, apply_roles, derived_password

OWNER, RUNTIME, PLATFORM = LOGIN_ROLES
ADVICE = (
    "Either give the URL of a role that may create roles (a superuser, or CREATEROLE and BYPASSRLS), or have an "
    "administrator run config/roles.sql and set all three: DATABASE_URL (descant_runtime), DATABASE_OWNER_URL "
    "(descant_owner) and DATABASE_PLATFORM_URL (descant_platform)."
)


@dataclass(frozen=True)
class Plan:
    """What the environment leaves to the embedded services."""

    embedded_postgres: bool
    embedded_valkey: bool


def plan(environ: Mapping[str, str]) -> Plan:
    """An embedded PostgreSQL without DATABASE_URL; an embedded Valkey unless both BROKER_URL and CACHE_URL are set."""
    return Plan(
        embedded_postgres=not environ.get("DATABASE_URL"),
        embedded_valkey=not (environ.get("BROKER_URL") and environ.get("CACHE_URL")),
    )


def with_role(url: str, role: str, password: str | None) -> str:
    """``url`` with another role and password; host, port, database and options stay."""
    parts = urlsplit(url)
    address = parts.netloc.rpartition("@")[2]
    login = quote(role, safe="") + (f":{quote(password, safe='')}" if password else "")
    return urlunsplit(parts._replace(netloc=f"{login}@{address}"))


def shown(url: str) -> str:
    """``url`` without its password, for printing."""
    parts = urlsplit(url)
    login, at, address = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=login.partition(":")[0] + at + address))


def external_database(environ: Mapping[str, str]) -> dict[str, str]:
    """The three database URLs for a server from the environment, creating its roles where that is ours to do.

    Raises:
        DevstackError: the server does not answer, or DATABASE_URL alone is given and may not create roles.
    """
    url = environ["DATABASE_URL"]
    given = {name: environ[name] for name in ("DATABASE_OWNER_URL", "DATABASE_PLATFORM_URL") if environ.get(name)}
    if len(given) == 2:
        return {"DATABASE_URL": url} | given
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            row = connection.execute(
                "SELECT rolsuper OR (rolcreaterole AND rolbypassrls) FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
    except psycopg.OperationalError as error:
        raise DevstackError(f"DATABASE_URL ({shown(url)}) does not answer: {str(error).strip()}") from error
    if row is None or not row[0]:
        raise DevstackError(f"The role of DATABASE_URL ({shown(url)}) may not create roles. {ADVICE}")
    secret = urlsplit(url).password
    passwords = {role: derived_password(secret, role) for role in LOGIN_ROLES} if secret else {}
    try:
        apply_roles(url, passwords=passwords)
    except psycopg.Error as error:
        raise DevstackError(f"Setting up roles in {shown(url)} failed: {str(error).strip()}\n{ADVICE}") from error
    return {
        "DATABASE_URL": with_role(url, RUNTIME, passwords.get(RUNTIME)),
        "DATABASE_OWNER_URL": with_role(url, OWNER, passwords.get(OWNER)),
        "DATABASE_PLATFORM_URL": with_role(url, PLATFORM, passwords.get(PLATFORM)),
    } | given
