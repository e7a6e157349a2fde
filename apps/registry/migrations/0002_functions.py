from django.db import migrations

from apps.tenancy.operations import DefinerFunction

CALLER = "nullif(current_setting('app.organisation_id', true), '')::uuid"

# One claim at a time until its transaction ends: numbers are given out in the order in which claims commit, so
# whoever looks up after claiming sees every lower number.
CLAIM_LOCK = 731_001

CLAIM = f"""
DECLARE
    caller uuid := {CALLER};
    standing registry_entry;
    given integer;
BEGIN
    IF caller IS NULL OR NOT EXISTS (
        SELECT 1 FROM catalog_track t
        WHERE t.id = p_track AND t.organisation_id = caller AND t.status = 'checking' AND t.deleted_at IS NULL
    ) THEN
        RAISE EXCEPTION 'Only a track of the bound organisation that is being checked can be claimed.'
            USING ERRCODE = 'RG002';
    END IF;
    PERFORM pg_advisory_xact_lock({CLAIM_LOCK});
    SELECT * INTO standing FROM registry_entry e
    WHERE e.organisation_id = caller AND e.track_id = p_track AND e.state <> 'withdrawn' FOR UPDATE;
    IF standing.number IS NOT NULL AND standing.digest = p_digest AND standing.extractor_version = p_version THEN
        UPDATE registry_entry SET asset_id = p_asset, sha256 = p_sha256 WHERE number = standing.number;
        RETURN standing.number;
    END IF;
    UPDATE registry_entry SET state = 'withdrawn', withdrawn_at = now() WHERE number = standing.number;
    INSERT INTO registry_entry
        (organisation_id, track_id, asset_id, sha256, digest, duration_s, postings, extractor_version)
    VALUES (caller, p_track, p_asset, p_sha256, p_digest, p_duration, p_postings, p_version)
    RETURNING number INTO given;
    INSERT INTO registry_peaks (number, peaks) VALUES (given, p_peaks);
    RETURN given;
END
"""

# Everything that an entry is compared with, in one snapshot: the index's parts, and which numbers count.
LAYOUT = f"""
WITH visible AS (
    SELECT e.number, e.duration_s, e.segment_id FROM registry_entry e
    WHERE e.number < p_number AND e.state <> 'withdrawn'
)
SELECT
    coalesce((SELECT array_agg(s.id ORDER BY s.id) FROM registry_segment s WHERE s.state = 'live'), '{{}}'),
    coalesce((SELECT array_agg(s.bytes ORDER BY s.id) FROM registry_segment s WHERE s.state = 'live'), '{{}}'),
    coalesce((SELECT array_agg(v.number ORDER BY v.number) FROM visible v WHERE v.segment_id IS NULL), '{{}}'),
    coalesce((
        SELECT array_agg(e.number ORDER BY e.number) FROM registry_entry e
        WHERE e.segment_id IS NOT NULL AND (e.state = 'withdrawn' OR e.number >= p_number)
    ), '{{}}'),
    coalesce((SELECT array_agg(v.number ORDER BY v.number) FROM visible v), '{{}}'),
    coalesce((SELECT array_agg(v.duration_s ORDER BY v.number) FROM visible v), '{{}}')
FROM registry_entry own
WHERE own.number = p_number AND own.organisation_id = {CALLER}
"""

# Each answer is one row of packed bytes: a row for every block would cost more than the blocks.
BLOCKS = """
BEGIN
    IF (SELECT count(*) FROM registry_segment s WHERE s.id = ANY (p_segments) AND s.state <> 'building')
        < cardinality(p_segments) THEN
        RAISE EXCEPTION 'A part of the registry was merged away; read the layout again.' USING ERRCODE = 'RG001';
    END IF;
    RETURN QUERY
        SELECT string_agg(int4send(b.bucket), ''), string_agg(int4send(length(b.block)), ''), string_agg(b.block, '')
        FROM registry_block b WHERE b.segment_id = ANY (p_segments) AND b.bucket = ANY (p_buckets);
END
"""

PEAKS = f"""
SELECT p.number, p.peaks FROM registry_peaks p
WHERE p.number = ANY (p_numbers) AND EXISTS (
    SELECT 1 FROM registry_entry own WHERE own.number = p_number AND own.organisation_id = {CALLER}
)
"""

ACTIVATE = f"""
UPDATE registry_entry SET state = 'active', activated_at = coalesce(activated_at, now())
WHERE organisation_id = {CALLER} AND track_id = p_track AND state <> 'withdrawn'
RETURNING number
"""

ENTRY_OF = f"""
SELECT e.number, e.state, e.asset_id, e.digest FROM registry_entry e
WHERE e.organisation_id = {CALLER} AND e.track_id = p_track AND e.state <> 'withdrawn'
"""

PAIR = f"""
DECLARE
    found uuid;
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM registry_entry own WHERE own.number = p_number AND own.organisation_id = {CALLER}
    ) THEN
        RAISE EXCEPTION 'Only matches of the bound organisation can be recorded.' USING ERRCODE = 'RG002';
    END IF;
    INSERT INTO registry_pair (query_number, other_number) VALUES (p_number, p_other)
    ON CONFLICT (query_number, other_number) DO NOTHING;
    SELECT p.id INTO found FROM registry_pair p WHERE p.query_number = p_number AND p.other_number = p_other;
    RETURN found;
END
"""

# The fingerprints of both sides of a pair, for whoever is one of them.
PAIR_PEAKS = f"""
SELECT CASE WHEN q.organisation_id = {CALLER} THEN qp.peaks ELSE op.peaks END,
       CASE WHEN q.organisation_id = {CALLER} THEN op.peaks ELSE qp.peaks END
FROM registry_pair p
JOIN registry_entry q ON q.number = p.query_number
JOIN registry_entry o ON o.number = p.other_number
JOIN registry_peaks qp ON qp.number = q.number
JOIN registry_peaks op ON op.number = o.number
WHERE p.id = p_pair AND {CALLER} IN (q.organisation_id, o.organisation_id)
"""

# All that the registry gives away of entries: what their organisations publish, now.
DISCLOSE = f"""
SELECT e.number,
       coalesce(nullif(t.public_title, ''), CASE WHEN t.version = '' THEN t.title ELSE t.title || ' (' || t.version || ')' END),
       coalesce(nullif(t.public_artist, ''), t.artist_line),
       g.public_name,
       g.contact_route,
       e.state = 'active',
       g.share_excerpts,
       e.duration_s,
       e.organisation_id = {CALLER},
       CASE WHEN e.organisation_id = {CALLER} THEN e.track_id END
FROM registry_entry e
JOIN catalog_track t ON t.id = e.track_id
JOIN tenancy_organisation g ON g.id = e.organisation_id
WHERE e.number = ANY (p_numbers) AND e.state <> 'withdrawn' AND EXISTS (
    SELECT 1 FROM registry_entry own WHERE own.number = p_number AND own.organisation_id = {CALLER}
)
"""

FIGURES = """
SELECT (SELECT count(*) FROM registry_entry WHERE state = 'active'),
       (SELECT count(*) FROM registry_entry WHERE state = 'pending'),
       (SELECT count(*) FROM registry_segment WHERE state = 'live'),
       (SELECT count(*) FROM registry_entry WHERE segment_id IS NULL AND NOT purged),
       (SELECT coalesce(sum(bytes), 0)::bigint FROM registry_segment WHERE state = 'live'),
       (SELECT coalesce(sum(postings), 0)::bigint FROM registry_entry WHERE state <> 'withdrawn')
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_tables"), ("catalog", "0001_initial"), ("tenancy", "0002_security")]

    operations = [
        DefinerFunction(
            "registry_claim(p_track uuid, p_asset uuid, p_sha256 text, p_digest text, p_duration double precision, "
            "p_postings integer, p_version text, p_peaks bytea)",
            "integer",
            CLAIM,
            language="plpgsql",
            volatility="VOLATILE",
        ),
        DefinerFunction(
            "registry_layout(p_number integer)",
            "TABLE (segments integer[], sizes bigint[], fresh integer[], hidden integer[], numbers integer[], "
            "durations double precision[])",
            LAYOUT,
        ),
        DefinerFunction(
            "registry_blocks(p_segments integer[], p_buckets integer[])",
            "TABLE (buckets bytea, sizes bytea, blocks bytea)",
            BLOCKS,
            language="plpgsql",
        ),
        DefinerFunction(
            "registry_peaks_of(p_number integer, p_numbers integer[])", "TABLE (entry integer, peaks bytea)", PEAKS
        ),
        DefinerFunction("registry_activate(p_track uuid)", "integer", ACTIVATE, volatility="VOLATILE"),
        DefinerFunction(
            "registry_entry_of(p_track uuid)",
            "TABLE (number integer, state text, asset_id uuid, digest text)",
            ENTRY_OF,
        ),
        DefinerFunction(
            "registry_pair_of(p_number integer, p_other integer)",
            "uuid",
            PAIR,
            language="plpgsql",
            volatility="VOLATILE",
        ),
        DefinerFunction("registry_pair_peaks(p_pair uuid)", "TABLE (own_peaks bytea, other_peaks bytea)", PAIR_PEAKS),
        DefinerFunction(
            "registry_disclose(p_number integer, p_numbers integer[])",
            "TABLE (entry integer, title text, artist text, organisation text, contact text, registered boolean, "
            "shares_excerpts boolean, duration_s double precision, already_ours boolean, own_track uuid)",
            DISCLOSE,
        ),
        DefinerFunction(
            "registry_figures()",
            "TABLE (active bigint, pending bigint, segments bigint, fresh bigint, bytes bigint, postings bigint)",
            FIGURES,
        ),
    ]
