"""Migration operations that put up the second wall: row-level security and composite foreign keys."""

from typing import Any

from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation

from apps.tenancy.fields import TenantForeignKey, TenantOneToOneField

TENANT_POLICY = "organisation_id = (SELECT nullif(current_setting('app.organisation_id', true), '')::uuid)"


class SecureTenantTable(Operation):
    """Enable and force row-level security on a model's table and make its tenant keys composite.

    Args:
        model: name of a model that inherits ``TenantModel``.
        readable: a further SQL condition under which rows may be read (never written) by others, for instance by the
            user whom they concern.
    """

    reduces_to_sql = True
    reversible = True
    atomic = True

    def __init__(self, model: str, readable: str = "") -> None:
        self.model = model
        self.readable = readable

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.model], {"readable": self.readable} if self.readable else {}

    def state_forwards(self, app_label: str, state: Any) -> None:
        """The models themselves don't change."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = to_state.apps.get_model(app_label, self.model)
        table = model._meta.db_table
        schema_editor.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
        schema_editor.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')
        schema_editor.execute(
            f'CREATE POLICY tenant_isolation ON "{table}" TO descant_runtime '
            f"USING ({TENANT_POLICY}) WITH CHECK ({TENANT_POLICY})"
        )
        if self.readable:
            schema_editor.execute(
                f'CREATE POLICY also_readable ON "{table}" FOR SELECT TO descant_runtime USING ({self.readable})'
            )
        for field in model._meta.local_fields:
            if isinstance(field, TenantForeignKey | TenantOneToOneField):
                schema_editor.execute(_composite_key(table, field))
            if isinstance(field, TenantOneToOneField):
                schema_editor.execute(_composite_unique(table, field))

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = from_state.apps.get_model(app_label, self.model)
        table = model._meta.db_table
        schema_editor.execute(f'DROP POLICY IF EXISTS also_readable ON "{table}"')
        schema_editor.execute(f'DROP POLICY tenant_isolation ON "{table}"')
        schema_editor.execute(f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY')
        schema_editor.execute(f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY')
        for field in model._meta.local_fields:
            if isinstance(field, TenantForeignKey | TenantOneToOneField):
                schema_editor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{_key_name(table, field)}"')

    def describe(self) -> str:
        return f"Row-level security and composite keys on {self.model}"


class AddCompositeKey(Operation):
    """The composite constraint of a ``TenantForeignKey`` that was added to a table after ``SecureTenantTable``."""

    reversible = True

    def __init__(self, model: str, field: str) -> None:
        self.model = model
        self.field = field

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.model, self.field], {}

    def state_forwards(self, app_label: str, state: Any) -> None:
        """The models themselves don't change."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        meta = to_state.apps.get_model(app_label, self.model)._meta
        field = meta.get_field(self.field)
        schema_editor.execute(_composite_key(meta.db_table, field))
        if isinstance(field, TenantOneToOneField):
            schema_editor.execute(_composite_unique(meta.db_table, field))

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        meta = from_state.apps.get_model(app_label, self.model)._meta
        name = _key_name(meta.db_table, meta.get_field(self.field))
        schema_editor.execute(f'ALTER TABLE "{meta.db_table}" DROP CONSTRAINT "{name}"')

    def describe(self) -> str:
        return f"Composite tenant key {self.model}.{self.field}"


class DefinerFunction(Operation):
    """A function that looks across tenants and gives away only what its body selects.

    It runs as ``descant_registry``, a role nobody logs in as; the runtime role may call it and nobody else.

    Args:
        signature: name with typed arguments, for instance ``jobs_due(stale double precision)``.
        returns: the return type, for instance ``TABLE (job_id uuid)``.
        body: the function's body.
        language: ``sql`` or ``plpgsql``.
        volatility: ``STABLE`` for reads, ``VOLATILE`` for writes.
    """

    reversible = True

    def __init__(
        self, signature: str, returns: str, body: str, language: str = "sql", volatility: str = "STABLE"
    ) -> None:
        self.signature = signature
        self.returns = returns
        self.body = body
        self.language = language
        self.volatility = volatility

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        options = {"language": self.language, "volatility": self.volatility}
        return type(self).__name__, [self.signature, self.returns, self.body], options

    def state_forwards(self, app_label: str, state: Any) -> None:
        """The models themselves don't change."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        schema_editor.execute(
            f"CREATE OR REPLACE FUNCTION {self.signature} RETURNS {self.returns} LANGUAGE {self.language} "
            f"{self.volatility} SECURITY DEFINER SET search_path = pg_catalog, public AS $body$ {self.body} $body$",
            None,
        )
        routine = self._routine()
        schema_editor.execute(f"REVOKE ALL ON FUNCTION {routine} FROM PUBLIC")
        schema_editor.execute(f"GRANT EXECUTE ON FUNCTION {routine} TO descant_runtime, descant_platform")
        schema_editor.execute(f"ALTER FUNCTION {routine} OWNER TO descant_registry")

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        schema_editor.execute(f"DROP FUNCTION IF EXISTS {self._routine()}")
        if earlier := self._earlier(app_label):
            earlier.database_forwards(app_label, schema_editor, to_state, from_state)

    def _earlier(self, app_label: str) -> "DefinerFunction | None":
        """The same function as an earlier migration of the app wrote it."""
        graph = MigrationLoader(None).graph
        found = None
        for app, name in graph.forwards_plan(graph.leaf_nodes(app_label)[0]):
            for operation in graph.nodes[app, name].operations if app == app_label else ():
                if operation is self:
                    return found
                if isinstance(operation, DefinerFunction) and operation._routine() == self._routine():
                    found = operation
        return None

    def describe(self) -> str:
        return f"Cross-tenant function {self._routine()}"

    def _routine(self) -> str:
        return self.signature.split("(", 1)[0]


def _key_name(table: str, field: Any) -> str:
    return f"{table}_{field.column}_tenant_fk"[:63]


def _composite_key(table: str, field: Any) -> str:
    target = field.remote_field.model._meta.db_table
    return (
        f'ALTER TABLE "{table}" ADD CONSTRAINT "{_key_name(table, field)}" '
        f'FOREIGN KEY (organisation_id, "{field.column}") REFERENCES "{target}" (organisation_id, id) '
        "DEFERRABLE INITIALLY DEFERRED"
    )


def _composite_unique(table: str, field: Any) -> str:
    """One-to-one within the tenant: Django's own unique constraint on the column alone reaches across tenants."""
    name = f"{table}_{field.column}_tenant_once"[:63]
    return f"""
        DO $once$
        DECLARE alone text;
        BEGIN
            SELECT conname INTO alone FROM pg_constraint
            WHERE conrelid = '"{table}"'::regclass AND contype = 'u' AND conkey = ARRAY[
                (SELECT attnum FROM pg_attribute WHERE attrelid = conrelid AND attname = '{field.column}')];
            IF alone IS NOT NULL THEN
                EXECUTE 'ALTER TABLE "{table}" DROP CONSTRAINT ' || quote_ident(alone);
            END IF;
            ALTER TABLE "{table}" ADD CONSTRAINT "{name}" UNIQUE (organisation_id, "{field.column}");
        END
        $once$
    """  # noqa: S608 – names of our own tables, while migrating


__all__ = ["TENANT_POLICY", "AddCompositeKey", "DefinerFunction", "SecureTenantTable"]
