"""What the database itself says about the wall: each function lists violations, in words that say what to do."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connections, models

from apps.tenancy.models import Membership, TenantModel

RUNTIME, PLATFORM, OWNER, REGISTRY = "descant_runtime", "descant_platform", "descant_owner", "descant_registry"
# Tables that name an organisation and belong to none: the shared registry's. Only functions of descant_registry may
# touch them, so the application's role must have no privilege on any.
REGISTRY_TABLES = {"registry_entry", "cases_channel"}


def tenant_models() -> list[type[models.Model]]:
    """Every model whose rows belong to one organisation."""
    return [model for model in apps.get_models() if issubclass(model, TenantModel) or model is Membership]


def tenant_tables() -> set[str]:
    return {model._meta.db_table for model in tenant_models()}


def _rows(query: str, *arguments: Any) -> list[tuple[Any, ...]]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(query, arguments)
        return list(cursor.fetchall())


def unwalled_tables() -> Iterator[str]:
    """Tenant tables without row-level security, without FORCE, or with a policy that lets strangers in."""
    for table in sorted(tenant_tables()):
        [(enabled, forced)] = _rows(
            "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = %s::regclass", table
        )
        if not enabled:
            yield f"{table}: row-level security is off. Add SecureTenantTable to its migration."
        if not forced:
            yield f"{table}: row-level security is not forced. Add SecureTenantTable to its migration."
        yield from _policy_violations(table)


def _policy_violations(table: str) -> Iterator[str]:
    policies = _rows(
        "SELECT policyname, permissive, roles::text[], cmd, qual, with_check FROM pg_policies WHERE tablename = %s",
        table,
    )
    own = [policy for policy in policies if policy[0] == "tenant_isolation"]
    if len(own) != 1:
        yield f"{table}: it has no policy tenant_isolation. Add SecureTenantTable to its migration."
        return
    for name, _permissive, roles, command, using, check in policies:
        if roles != [RUNTIME]:
            yield f"{table}: policy {name} is for {roles}, not for {RUNTIME} alone."
        if name == "tenant_isolation":
            setting = "current_setting('app.organisation_id'::text, true)"
            wanted = f"(organisation_id = ( SELECT (NULLIF({setting}, ''::text))::uuid"
            for clause in (using, check):
                if command != "ALL" or not (clause or "").startswith(wanted):
                    yield f"{table}: policy {name} is not the tenant's: {command} {clause}"
        elif command != "SELECT":
            yield f"{table}: policy {name} lets strangers write ({command})."


def _unique_column_sets(table: str) -> dict[str, tuple[list[str], bool]]:
    """Unique indexes of a table: name → (columns, whether it is the primary key). Expressions count as no column."""
    query = """
        SELECT c.relname, i.indisprimary,
               array(SELECT a.attname::text FROM unnest(i.indkey) k JOIN pg_attribute a
                     ON a.attrelid = i.indrelid AND a.attnum = k)
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE i.indisunique AND i.indrelid = %s::regclass
    """
    return {name: (columns, primary) for name, primary, columns in _rows(query, table)}


def keyless_tables() -> Iterator[str]:
    """Tenant tables without UNIQUE (organisation_id, id), or with a unique constraint that reaches across tenants."""
    for table in sorted(tenant_tables()):
        uniques = _unique_column_sets(table)
        if not any(sorted(columns) == ["id", "organisation_id"] for columns, _primary in uniques.values()):
            yield f"{table}: UNIQUE (organisation_id, id) is missing. Let Meta inherit TenantModel.Meta.constraints."
        for name, (columns, primary) in uniques.items():
            if not primary and "organisation_id" not in columns:
                yield f"{table}: unique constraint {name} on {columns} does not include organisation_id."


def _foreign_keys() -> list[tuple[str, str, str, list[str], list[str]]]:
    query = """
        SELECT f.conname, s.relname, t.relname,
               array(SELECT a.attname::text FROM unnest(f.conkey) WITH ORDINALITY k(n, o) JOIN pg_attribute a
                     ON a.attrelid = f.conrelid AND a.attnum = k.n ORDER BY k.o),
               array(SELECT a.attname::text FROM unnest(f.confkey) WITH ORDINALITY k(n, o) JOIN pg_attribute a
                     ON a.attrelid = f.confrelid AND a.attnum = k.n ORDER BY k.o)
        FROM pg_constraint f JOIN pg_class s ON s.oid = f.conrelid JOIN pg_class t ON t.oid = f.confrelid
        WHERE f.contype = 'f'
    """
    return [(name, source, target, columns, keys) for name, source, target, columns, keys in _rows(query)]


def plain_keys() -> Iterator[str]:
    """Foreign keys to tenant tables that don't carry the organisation, and model fields without their constraint."""
    tables = tenant_tables()
    composite: set[tuple[str, str, str]] = set()
    for name, source, target, columns, keys in _foreign_keys():
        if target not in tables:
            continue
        if source not in tables:
            yield f"{source}: key {name} points into the tenant table {target} from outside of any tenant."
        elif keys != ["organisation_id", "id"] or columns[0] != "organisation_id" or len(columns) != 2:
            yield f"{source}: key {name} {columns} to {target} {keys} is not composite. Use TenantForeignKey."
        else:
            composite.add((source, columns[1], target))
    for model in tenant_models():
        for field in model._meta.local_concrete_fields:
            related = field.related_model
            if not isinstance(field, models.ForeignKey) or isinstance(related, str) or related is None:
                continue
            wanted = (model._meta.db_table, field.column, related._meta.db_table)
            if related._meta.db_table in tables and wanted not in composite:
                yield (
                    f"{wanted[0]}: {field.name} has no composite constraint (organisation_id, {field.column}) → "
                    f"{wanted[2]}. Use TenantForeignKey, and SecureTenantTable or AddCompositeKey in the migration."
                )


def stray_tables() -> Iterator[str]:
    """Tables that name an organisation but are neither a tenant's nor the registry's, or that the runtime may touch."""
    found = _rows(
        "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
        "WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace "
        "AND a.attname = 'organisation_id' AND NOT a.attisdropped"
    )
    tables = {name for (name,) in found}
    for table in sorted(tables - tenant_tables() - REGISTRY_TABLES):
        yield (
            f"{table}: it has organisation_id, but its model does not inherit TenantModel. Inherit it; or, for the "
            "registry only, name it in REGISTRY_TABLES and revoke every privilege of the runtime role."
        )
    registry = {name for (name,) in _rows("SELECT tablename FROM pg_tables WHERE tablename LIKE 'registry\\_%%'")}
    for table in sorted(registry | REGISTRY_TABLES):
        for privilege in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES"):
            [(allowed,)] = _rows("SELECT has_table_privilege(%s, %s, %s)", RUNTIME, table, privilege)
            if allowed:
                yield f"{table}: {RUNTIME} has {privilege} on it; the registry is reached through functions only."


def powerful_roles() -> Iterator[str]:
    """Whatever lets the application's role step over the wall."""
    query = (
        "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, rolcanlogin "
        "FROM pg_roles WHERE rolname = ANY(%s)"
    )
    roles = {row[0]: row[1:] for row in _rows(query, [RUNTIME, PLATFORM, OWNER, REGISTRY])}
    expected = {
        RUNTIME: (False, False, False, False, False, True),
        OWNER: (False, False, False, False, False, True),
        PLATFORM: (False, True, False, False, False, True),
        REGISTRY: (False, True, False, False, False, False),
    }
    for role, powers in expected.items():
        if roles.get(role) != powers:
            yield f"{role}: (superuser, BYPASSRLS, CREATEROLE, CREATEDB, REPLICATION, LOGIN) is {roles.get(role)}"
    for (member_of,) in _rows(
        "SELECT r.rolname FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid WHERE m.member = %s::regrole",
        RUNTIME,
    ):
        yield f"{RUNTIME} is a member of {member_of}."
    owned = _rows(
        "SELECT relname FROM pg_class WHERE relowner = %(r)s::regrole UNION ALL "
        "SELECT proname FROM pg_proc WHERE proowner = %(r)s::regrole UNION ALL "
        "SELECT nspname FROM pg_namespace WHERE nspowner = %(r)s::regrole UNION ALL "
        "SELECT datname FROM pg_database WHERE datdba = %(r)s::regrole".replace("%(r)s", f"'{RUNTIME}'")
    )
    for (name,) in owned:
        yield f"{RUNTIME} owns {name}."
    [(may_create,)] = _rows("SELECT has_schema_privilege(%s, 'public', 'CREATE')", RUNTIME)
    if may_create:
        yield f"{RUNTIME} may create objects in the schema public."


def definer_functions() -> list[str]:
    """Names of the SECURITY DEFINER functions that are ours."""
    return sorted(name for name, *_rest in _definers())


def _definers() -> list[tuple[str, str, list[str], list[str]]]:
    query = """
        SELECT p.oid::regprocedure::text, r.rolname, coalesce(p.proconfig, '{}'),
               array(SELECT CASE WHEN x.grantee = 0 THEN 'PUBLIC' ELSE g.rolname END
                     FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) x
                     LEFT JOIN pg_roles g ON g.oid = x.grantee WHERE x.privilege_type = 'EXECUTE')
        FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner
        WHERE p.prosecdef AND p.pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
          AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
    """
    return [(name, owner, config, callers) for name, owner, config, callers in _rows(query)]


def loose_functions() -> Iterator[str]:
    """SECURITY DEFINER functions that somebody could turn against the wall."""
    allowed = {REGISTRY, RUNTIME, PLATFORM, OWNER}
    for name, owner, config, callers in _definers():
        if owner != REGISTRY:
            yield f"{name}: owned by {owner}, not by {REGISTRY}. Make it with DefinerFunction."
        if not any(setting.startswith("search_path=pg_catalog") for setting in config):
            yield f"{name}: its search_path does not begin with pg_catalog. Make it with DefinerFunction."
        if set(callers) - allowed:
            yield f"{name}: may be called by {sorted(set(callers) - allowed)}."


def violations() -> list[str]:
    """Everything that is wrong with the wall."""
    checks = (unwalled_tables, keyless_tables, plain_keys, stray_tables, powerful_roles, loose_functions)
    return [violation for check in checks for violation in check()]
