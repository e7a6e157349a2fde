"""Which services are embedded, and the URLs of a server from the environment."""

import pytest

from config.devstack.environment import Plan, plan, shown, with_role
from config.devstack.roles import derived_password


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, Plan(embedded_postgres=True, embedded_valkey=True)),
        ({"DATABASE_URL": "postgres://h/d"}, Plan(embedded_postgres=False, embedded_valkey=True)),
        ({"DATABASE_URL": ""}, Plan(embedded_postgres=True, embedded_valkey=True)),
        ({"BROKER_URL": "amqp://h"}, Plan(embedded_postgres=True, embedded_valkey=True)),
        ({"CACHE_URL": "redis://h/1"}, Plan(embedded_postgres=True, embedded_valkey=True)),
        (
            {"BROKER_URL": "amqp://h", "CACHE_URL": "redis://h/1"},
            Plan(embedded_postgres=True, embedded_valkey=False),
        ),
        (
            {"DATABASE_URL": "postgres://h/d", "BROKER_URL": "amqp://h", "CACHE_URL": "redis://h/1"},
            Plan(embedded_postgres=False, embedded_valkey=False),
        ),
    ],
)
def test_plan(environ: dict[str, str], expected: Plan) -> None:
    assert plan(environ) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgres://admin:s%40cret@db.example:5433/music?sslmode=require",
         "postgres://descant_runtime:p%2Fw@db.example:5433/music?sslmode=require"),
        ("postgres://admin@/music?host=/run/pg", "postgres://descant_runtime:p%2Fw@/music?host=/run/pg"),
        ("postgresql://db.example/music", "postgresql://descant_runtime:p%2Fw@db.example/music"),
    ],
)  # fmt: skip
def test_with_role_changes_the_login_only(url: str, expected: str) -> None:
    assert with_role(url, "descant_runtime", "p/w") == expected


def test_with_role_without_password() -> None:
    assert with_role("postgres://admin:x@h/d", "descant_owner", None) == "postgres://descant_owner@h/d"


def test_shown_hides_the_password() -> None:
    assert shown("postgres://admin:s%40cret@h:1/d?x=1") == "postgres://admin@h:1/d?x=1"
    assert shown("redis://:secret@h/0") == "redis://@h/0"


def test_derived_passwords_differ_by_role_and_secret() -> None:
    # printf descant_owner | openssl dgst -sha256 -hmac secret
    assert derived_password("secret", "descant_owner") == (
        "3ed92dccdc98c0ab57d4b48e4f4a2d143b091bfae9c1bf92078dcebacfd15282"
    )
    assert derived_password("secret", "descant_runtime") != derived_password("secret", "descant_owner")
    assert derived_password("other", "descant_owner") != derived_password("secret", "descant_owner")
