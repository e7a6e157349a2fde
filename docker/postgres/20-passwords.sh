#!/usr/bin/env bash
# Runs once, after 10-roles.sql, when the database is made: gives the three roles their passwords.
set -euo pipefail
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
	--set owner="$OWNER_PASSWORD" --set runtime="$RUNTIME_PASSWORD" --set platform="$PLATFORM_PASSWORD" <<'SQL'
ALTER ROLE descant_owner PASSWORD :'owner';
ALTER ROLE descant_runtime PASSWORD :'runtime';
ALTER ROLE descant_platform PASSWORD :'platform';
SQL
