-- The database roles of Descant and what each may do. The one source for development, tests and production.
--
-- Run it as a superuser (or as a role with CREATEROLE and BYPASSRLS that may create extensions), connected to the
-- database of Descant: psql -v ON_ERROR_STOP=1 -d descant -f config/roles.sql. It may be run again at any time.
--
-- descant_owner     owns the database and its tables; migrations run as it.
-- descant_runtime   web and workers: reads and writes rows, always under row-level security.
-- descant_platform  the staff portal: reads and writes across tenants (BYPASSRLS); everything it does is audited.
-- descant_registry  nobody logs in as it: it owns the SECURITY DEFINER functions that look across tenants.
--
-- Passwords are set apart from this file: ALTER ROLE descant_runtime PASSWORD '…';

DO $roles$
DECLARE
    wanted text[][] := ARRAY[
        ['descant_owner', 'LOGIN NOBYPASSRLS'],
        ['descant_runtime', 'LOGIN NOBYPASSRLS'],
        ['descant_platform', 'LOGIN BYPASSRLS'],
        ['descant_registry', 'NOLOGIN BYPASSRLS']
    ];
    spec text[];
BEGIN
    FOREACH spec SLICE 1 IN ARRAY wanted LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = spec[1]) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I %s', spec[1], spec[2]);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;  -- another session made it meanwhile
            END;
        END IF;
    END LOOP;
END
$roles$;

-- Migrations hand functions over to descant_registry; its owner must be a member to do so.
GRANT descant_registry TO descant_owner;

CREATE EXTENSION IF NOT EXISTS vector;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;
CREATE EXTENSION IF NOT EXISTS citext;

DO $database$
BEGIN
    -- A managed server's administrator may give the database away only as a member of the new owner.
    IF NOT pg_has_role(current_user, 'descant_owner', 'SET') THEN
        EXECUTE format('GRANT descant_owner TO %I', current_user);
    END IF;
    EXECUTE format('ALTER DATABASE %I OWNER TO descant_owner', current_database());
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format(
        'GRANT CONNECT, TEMPORARY ON DATABASE %I TO descant_owner, descant_runtime, descant_platform',
        current_database()
    );
END
$database$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO descant_runtime, descant_platform;
-- A function's owner needs CREATE on the schema that holds it.
GRANT USAGE, CREATE ON SCHEMA public TO descant_owner, descant_registry;

-- What migrations create later is usable at once; the registry's tables take these grants back in their migration.
ALTER DEFAULT PRIVILEGES FOR ROLE descant_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO descant_runtime, descant_platform, descant_registry;
ALTER DEFAULT PRIVILEGES FOR ROLE descant_owner IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO descant_runtime, descant_platform, descant_registry;
