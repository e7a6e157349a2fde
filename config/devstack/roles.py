"""Roles, extensions and grants in a PostgreSQL server, from the one source `config/roles.sql`."""

import hashlib
import hmac
from pathlib import Path

import psycopg
from psycopg import sql

ROLES_SQL = Path(__file__).resolve().parents[1] / "roles.sql"
LOGIN_ROLES = ("descant_owner", "descant_runtime", "descant_platform")


def apply_roles(connection_url: str, *, passwords: dict[str, str] | None = None) -> None:
    """Create what is missing of the roles, extensions and grants; safe to repeat.

    Args:
        connection_url: A superuser's URL of the database that Descant shall use.
        passwords: Passwords by role, for servers that ask for one.
    """
    with psycopg.connect(connection_url, autocommit=True) as connection:
        connection.execute(ROLES_SQL.read_bytes())
        for role, password in (passwords or {}).items():
            connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password)))


def create_database(maintenance_url: str, name: str, *, template: str | None = None) -> None:
    """Create database ``name`` unless it exists, optionally as a copy of ``template``."""
    with psycopg.connect(maintenance_url, autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return
        statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template is not None:
            statement += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
        connection.execute(statement)


def drop_database(maintenance_url: str, name: str) -> None:
    """Drop database ``name`` if it exists, ending its sessions."""
    with psycopg.connect(maintenance_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def derived_password(secret: str, role: str) -> str:
    """A role's password made from the administrator's: the same on every run, and from every checkout.

    HMAC-SHA-256 of the role's name under ``secret``, in hexadecimal.
    """
    return hmac.new(secret.encode(), role.encode(), hashlib.sha256).hexdigest()
