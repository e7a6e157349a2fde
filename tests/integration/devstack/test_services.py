"""The embedded services: nothing is left after stopping, nothing is lost after killing."""

import os
import signal
import subprocess
import time
from pathlib import Path

import psycopg
import pytest
import redis
from psycopg import errors

from config.devstack import folders as folders_module
from config.devstack.account import can_use
from config.devstack.environment import external_database, with_role
from config.devstack.errors import DevstackError
from config.devstack.folders import Folders, lasting_folders
from config.devstack.postgres import SUPERUSER, EmbeddedPostgres
from config.devstack.process import Child, is_alive
from config.devstack.roles import apply_roles, create_database
from config.devstack.services import EphemeralServices

from .helpers import processes_with, start_script, wait_for

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def services():
    with EphemeralServices(valkey=False) as running:
        yield running


def value(url: str, query: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()
    return None if row is None else row[0]


def test_start_and_stop_leave_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "with a blank"
    services = EphemeralServices(folder)
    services.start()
    run = services.folders.run
    assert redis.Redis.from_url(services.cache_url).ping() is True
    assert value(services.database_url, "SELECT current_user") == "descant_runtime"
    assert value(services.database_owner_url, "SELECT current_user") == "descant_owner"
    assert value(services.database_platform_url, "SELECT current_user") == "descant_platform"
    assert processes_with(str(services.folders.data)) != []

    services.stop()
    services.stop()

    assert processes_with(str(services.folders.data)) == []
    assert processes_with(str(run)) == []
    assert not run.exists()
    assert not services.folders.data.exists()


def test_services_end_with_a_killed_process(tmp_path: Path) -> None:
    code = (
        "import time; from pathlib import Path; from config.devstack.services import EphemeralServices\n"
        f"services = EphemeralServices(Path({str(tmp_path / 'x')!r})).start()\n"
        "print(services.folders.data, flush=True); time.sleep(99)"
    )
    process = start_script(code, tmp_path / "output")
    wait_for(lambda: "\n" in (tmp_path / "output").read_text(), "start")
    data = (tmp_path / "output").read_text().strip()
    assert processes_with(data) != []

    process.kill()
    process.wait()

    wait_for(lambda: processes_with(data) == [], "end of the services")


def test_roles(services: EphemeralServices) -> None:
    with psycopg.connect(services.maintenance_url) as connection:
        rows = connection.execute(
            "SELECT rolname, rolsuper, rolbypassrls, rolcanlogin, rolcreaterole, rolcreatedb "
            "FROM pg_roles WHERE rolname LIKE 'descant%' ORDER BY rolname"
        ).fetchall()
    assert rows == [
        ("descant_owner", False, False, True, False, False),
        ("descant_platform", False, True, True, False, False),
        ("descant_registry", False, True, False, False, False),
        ("descant_runtime", False, False, True, False, False),
    ]


def test_runtime_uses_tables_but_makes_none(services: EphemeralServices) -> None:
    services.create_database("grants")
    owner, runtime = services.url_for("grants", "descant_owner"), services.url_for("grants", "descant_runtime")
    with psycopg.connect(owner) as connection:
        connection.execute("CREATE TABLE note (id serial PRIMARY KEY, body text)")
    with psycopg.connect(runtime) as connection:
        connection.execute("INSERT INTO note (body) VALUES ('kept')")
    assert value(runtime, "SELECT body FROM note") == "kept"
    with psycopg.connect(runtime) as connection, pytest.raises(errors.InsufficientPrivilege):
        connection.execute("CREATE TABLE other (id int)")
    with psycopg.connect(runtime) as connection, pytest.raises(errors.InsufficientPrivilege):
        connection.execute("SET ROLE descant_registry")


def test_extensions_are_there_and_the_script_may_be_repeated(services: EphemeralServices) -> None:
    apply_roles(services.url_for("descant", SUPERUSER))
    query = "SELECT array_agg(extname::text ORDER BY extname) FROM pg_extension WHERE extname <> 'plpgsql'"
    assert value(services.database_url, query) == ["btree_gin", "citext", "pg_trgm", "vector"]


def test_a_copied_database_has_the_rows_and_the_grants(services: EphemeralServices) -> None:
    services.create_database("original")
    with psycopg.connect(services.url_for("original", "descant_owner")) as connection:
        connection.execute("CREATE TABLE note AS SELECT 42 AS number")
    services.create_database("copy", template="original")
    assert value(services.url_for("copy", "descant_runtime"), "SELECT number FROM note") == 42
    services.drop_database("copy")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        value(services.url_for("copy", "descant_runtime"), "SELECT 1")


def test_given_superuser_alone_the_three_urls_are_derived(services: EphemeralServices) -> None:
    create_database(services.maintenance_url, "external")
    administrator = with_role(services.url_for("external", SUPERUSER), SUPERUSER, "open sesame")

    urls = external_database({"DATABASE_URL": administrator})

    found = {name: value(url, "SELECT current_user") for name, url in urls.items()}
    assert found == {
        "DATABASE_URL": "descant_runtime",
        "DATABASE_OWNER_URL": "descant_owner",
        "DATABASE_PLATFORM_URL": "descant_platform",
    }
    assert urls == external_database({"DATABASE_URL": administrator})
    assert value(services.url_for("external", SUPERUSER), "SELECT count(*) FROM pg_authid WHERE rolpassword IS NULL "
                 "AND rolname IN ('descant_owner', 'descant_runtime', 'descant_platform')") == 0  # fmt: skip


def test_an_administrator_who_is_no_superuser_may_set_up_the_roles() -> None:
    """As on managed servers: CREATEROLE, CREATEDB and BYPASSRLS, extensions made beforehand."""
    with EphemeralServices(valkey=False) as services:
        with psycopg.connect(services.maintenance_url, autocommit=True) as connection:
            connection.execute("DROP OWNED BY descant_owner, descant_runtime, descant_platform, descant_registry")
            connection.execute("DROP DATABASE descant")
            connection.execute("DROP ROLE descant_owner, descant_runtime, descant_platform, descant_registry")
            connection.execute("CREATE ROLE manager LOGIN CREATEROLE CREATEDB BYPASSRLS")
            connection.execute("CREATE DATABASE managed OWNER manager")
        with psycopg.connect(services.url_for("managed", SUPERUSER)) as connection:
            connection.execute("CREATE EXTENSION vector")

        urls = external_database({"DATABASE_URL": services.url_for("managed", "manager")})

        with psycopg.connect(urls["DATABASE_OWNER_URL"]) as connection:
            connection.execute("CREATE TABLE note AS SELECT 42 AS number")
        assert value(urls["DATABASE_URL"], "SELECT number FROM note") == 42


def test_given_the_runtime_role_alone_we_say_what_to_set(services: EphemeralServices) -> None:
    with pytest.raises(DevstackError, match="may not create roles") as caught:
        external_database({"DATABASE_URL": services.database_url})
    assert "DATABASE_OWNER_URL" in str(caught.value)
    assert "config/roles.sql" in str(caught.value)


def test_given_all_three_they_are_used_as_they_are() -> None:
    given = {name: f"postgres://nowhere.invalid/{name}" for name in
             ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_PLATFORM_URL")}  # fmt: skip
    assert external_database(given | {"PATH": "/bin"}) == given


def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    with pytest.raises(DevstackError, match="does not answer") as caught:
        external_database({"DATABASE_URL": "postgres://u:secret@127.0.0.1:1/d"})
    assert "secret" not in str(caught.value)


def test_programs_are_copied_where_the_service_account_cannot_reach_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for root in a home folder that is closed to others."""
    reachable = can_use
    monkeypatch.setattr(
        folders_module, "can_use", lambda path, account: "site-packages" not in str(path) and reachable(path, account)
    )
    with EphemeralServices() as services:
        assert value(services.database_url, "SELECT 1") == 1
        assert redis.Redis.from_url(services.cache_url).ping() is True
        programs = {str(Path(child.program.command[0])) for child in (services.postgres, services.valkey) if child}
        assert all(program.startswith(str(services.folders.data)) for program in programs)


@pytest.fixture
def lasting(open_folder: Path):
    """A cluster as `make run` has it, with one table; its server runs."""
    folders = lasting_folders(open_folder / "state")
    postgres = EmbeddedPostgres(folders)
    postgres.initialise()
    child = Child(postgres.program())
    child.start()
    child.wait_ready()
    create_database(postgres.url("postgres", SUPERUSER), "descant")
    with psycopg.connect(postgres.url("descant", SUPERUSER)) as connection:
        connection.execute("CREATE TABLE note (body text)")
    yield folders, postgres, child
    child.stop()


def test_rows_survive_a_killed_server(lasting: tuple[Folders, EmbeddedPostgres, Child]) -> None:
    _, postgres, child = lasting
    url = postgres.url("descant", SUPERUSER)
    with psycopg.connect(url) as connection:
        connection.execute("INSERT INTO note SELECT 'row ' || n FROM generate_series(1, 1000) n")

    os.kill(child.pid, signal.SIGKILL)
    assert child.process is not None
    child.process.wait()
    assert (postgres.cluster / "postmaster.pid").exists()
    child.start()
    child.wait_ready()

    assert value(url, "SELECT count(*) FROM note") == 1000


def test_an_orphaned_server_is_seen_off_before_the_next_starts(
    lasting: tuple[Folders, EmbeddedPostgres, Child],
) -> None:
    _, postgres, child = lasting
    successor = Child(postgres.program())

    successor.start()
    successor.wait_ready()

    assert child.exit_code() is not None
    assert value(postgres.url("descant", SUPERUSER), "SELECT count(*) FROM note") == 0
    successor.stop()


def test_a_pid_file_that_names_another_program_does_not_matter(
    lasting: tuple[Folders, EmbeddedPostgres, Child],
) -> None:
    """After a crash of the machine the number in the file may belong to anyone."""
    folders, postgres, child = lasting
    pid_file = postgres.cluster / "postmaster.pid"
    text = pid_file.read_text()
    os.kill(child.pid, signal.SIGKILL)
    assert child.process is not None
    child.process.wait()
    account = folders.account
    user = {} if account is None else {"user": account.uid, "group": account.gid, "extra_groups": []}
    with subprocess.Popen(["sleep", "60"], cwd="/", **user) as stranger:  # type: ignore[call-overload]
        pid_file.write_text(f"{stranger.pid}\n" + text.partition("\n")[2])

        child.start()
        child.wait_ready()

        assert is_alive(stranger.pid)
        stranger.kill()
    assert value(postgres.url("descant", SUPERUSER), "SELECT count(*) FROM note") == 0


def test_a_half_made_cluster_is_made_anew(open_folder: Path) -> None:
    folders = lasting_folders(open_folder / "state")
    (folders.data / "postgres.partial").mkdir()
    (folders.data / "postgres.partial" / "PG_VERSION").write_text("18\n")
    postgres = EmbeddedPostgres(folders, disposable=True)

    postgres.initialise()

    assert (postgres.cluster / "global" / "pg_control").is_file()
    assert not (folders.data / "postgres.partial").exists()


def test_data_of_another_version_is_not_touched(open_folder: Path) -> None:
    folders = lasting_folders(open_folder / "state")
    postgres = EmbeddedPostgres(folders)
    postgres.cluster.mkdir()
    (postgres.cluster / "PG_VERSION").write_text("12\n")

    with pytest.raises(DevstackError, match="made by PostgreSQL 12"):
        postgres.initialise()


def test_two_at_once(services: EphemeralServices) -> None:
    begun = time.monotonic()
    with EphemeralServices(valkey=False) as other:
        assert value(other.database_url, "SELECT 1") == 1
        assert value(services.database_url, "SELECT 1") == 1
        assert other.database_url != services.database_url
    assert time.monotonic() - begun < 30
