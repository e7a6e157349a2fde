from django.db import migrations

from apps.tenancy.operations import DefinerFunction

CALLER = "nullif(current_setting('app.organisation_id', true), '')::uuid"
CLAIM_LOCK = 731_001
SMALL_SEGMENT = 256
WORTH_REMAKING = 20
"""A segment is made anew when it is small, or when every so-many-th of its fingerprints was replaced."""

COLUMN = """
ALTER TABLE registry_entry ADD COLUMN postings_outdated boolean NOT NULL DEFAULT false;
CREATE INDEX registry_entry_outdated ON registry_entry (segment_id) WHERE postings_outdated;
COMMENT ON COLUMN registry_entry.postings_outdated IS 'The segment holds postings of the fingerprint before this one; upkeep makes them anew from the peaks.';
"""
COLUMN_BACK = "ALTER TABLE registry_entry DROP COLUMN postings_outdated;"

# A number at the end of a version says which of two is newer: a worker of the release before takes nothing back.
RENEW = f"""
DECLARE
    caller uuid := {CALLER};
    standing registry_entry;
BEGIN
    PERFORM pg_advisory_xact_lock({CLAIM_LOCK});
    SELECT * INTO standing FROM registry_entry e
    WHERE e.number = p_number AND e.organisation_id = caller AND e.asset_id = p_asset AND e.subject = 'recording'
      AND e.state <> 'withdrawn' FOR UPDATE;
    IF standing.number IS NULL THEN
        RAISE EXCEPTION 'Only an entry of the bound organisation can be given a new fingerprint.'
            USING ERRCODE = 'RG002';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM registry_damage d WHERE d.kind = 'peaks' AND d.number = standing.number)
        AND coalesce(substring(standing.extractor_version FROM '[0-9]+$')::integer, 0)
            >= coalesce(substring(p_version FROM '[0-9]+$')::integer, 0) THEN
        RETURN NULL;
    END IF;
    UPDATE registry_entry
    SET digest = p_digest, duration_s = p_duration, postings = p_postings, extractor_version = p_version,
        postings_outdated = segment_id IS NOT NULL
    WHERE number = standing.number;
    UPDATE registry_peaks SET peaks = p_peaks WHERE number = standing.number;
    DELETE FROM registry_damage d WHERE d.kind = 'peaks' AND d.number = standing.number;
    RETURN standing.extractor_version;
END
"""

PRINTS = f"""
SELECT 'fingerprint', e.extractor_version FROM registry_entry e
WHERE e.number = p_number AND e.organisation_id = {CALLER} AND e.subject = 'recording'
UNION ALL
SELECT s.kind, s.version FROM registry_similarity s JOIN registry_entry e ON e.number = s.number
WHERE e.number = p_number AND e.organisation_id = {CALLER}
"""

# Entries of segments that can't be read, or that hold too many postings of fingerprints that were replaced, count as
# fresh again; their postings are made anew from the peaks.
REMAKE = f"""
DECLARE
    bad integer[];
    gone integer[];
    given integer;
BEGIN
    SELECT coalesce(array_agg(o.segment_id), '{{}}') INTO bad FROM (
        SELECT d.segment_id FROM registry_damage d WHERE d.kind = 'segment'
        UNION
        SELECT e.segment_id FROM registry_entry e JOIN registry_segment s ON s.id = e.segment_id
        WHERE e.postings_outdated AND s.state = 'live'
        GROUP BY e.segment_id, s.tracks
        HAVING s.tracks <= {SMALL_SEGMENT} OR count(*) * {WORTH_REMAKING} >= s.tracks
    ) o;
    IF cardinality(bad) = 0 THEN
        RETURN 0;
    END IF;
    SELECT coalesce(array_agg(s.id), '{{}}') INTO gone FROM (
        SELECT id FROM registry_segment WHERE state = 'building' AND sources && bad FOR UPDATE
    ) s;
    FOREACH given IN ARRAY gone LOOP
        EXECUTE format('DROP TABLE IF EXISTS public.registry_block_%s', given);
    END LOOP;
    DELETE FROM registry_segment WHERE id = ANY (gone);
    UPDATE registry_entry SET segment_id = NULL, postings_outdated = false WHERE segment_id = ANY (bad);
    UPDATE registry_segment SET state = 'retired', retired_at = now() WHERE id = ANY (bad) AND state = 'live';
    DELETE FROM registry_damage WHERE kind = 'segment' AND segment_id = ANY (bad);
    RETURN cardinality(bad);
END
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0009_damage")]

    operations = [
        migrations.RunSQL(COLUMN, COLUMN_BACK),
        DefinerFunction(
            "registry_renew(p_number integer, p_asset uuid, p_digest text, p_duration double precision, "
            "p_postings integer, p_version text, p_peaks bytea)",
            "text",
            RENEW,
            language="plpgsql",
            volatility="VOLATILE",
        ),
        DefinerFunction("registry_print_versions(p_number integer)", "TABLE (kind text, version text)", PRINTS),
        DefinerFunction("registry_remake()", "integer", REMAKE, language="plpgsql", volatility="VOLATILE"),
    ]
