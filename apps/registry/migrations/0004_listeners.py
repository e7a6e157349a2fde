from django.db import migrations

from apps.tenancy.operations import DefinerFunction

CALLER = "nullif(current_setting('app.organisation_id', true), '')::uuid"
CLAIM_LOCK = 731_001

# A place from which an organisation may search without claiming anything: it has no sound, is found by nobody, and its
# number is above every entry that was committed before. The same listener gets the same place again.
LISTEN = f"""
DECLARE
    caller uuid := {CALLER};
    given integer;
BEGIN
    IF caller IS NULL OR p_listener IS NULL THEN
        RAISE EXCEPTION 'Only a bound organisation can listen.' USING ERRCODE = 'RG002';
    END IF;
    PERFORM pg_advisory_xact_lock({CLAIM_LOCK});
    SELECT e.number INTO given FROM registry_entry e
    WHERE e.organisation_id = caller AND e.track_id = p_listener AND e.extractor_version = 'listener';
    IF given IS NOT NULL THEN
        RETURN given;
    END IF;
    INSERT INTO registry_entry
        (organisation_id, track_id, asset_id, sha256, digest, duration_s, postings, extractor_version,
         state, purged, withdrawn_at)
    VALUES (caller, p_listener, p_listener, '', '', 0, 0, 'listener', 'withdrawn', true, now())
    RETURNING number INTO given;
    RETURN given;
END
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0003_maintenance")]

    operations = [
        DefinerFunction(
            "registry_listen(p_listener uuid)", "integer", LISTEN, language="plpgsql", volatility="VOLATILE"
        ),
    ]
