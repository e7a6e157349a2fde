from django.db import migrations

from apps.tenancy.operations import DefinerFunction

CALLER = "nullif(current_setting('app.organisation_id', true), '')::uuid"
CLAIM_LOCK = 731_001
BUCKETS = 32_768

# Parts of the first format stay until maintenance has made their entries' postings anew, from the peaks.
TABLES = """
ALTER TABLE registry_segment
    ADD COLUMN uid uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE,
    ADD COLUMN format integer NOT NULL DEFAULT 1,
    ADD COLUMN page_buckets integer NOT NULL DEFAULT 1,
    ADD COLUMN layout bytea NOT NULL DEFAULT '',
    ADD COLUMN stopped integer[] NOT NULL DEFAULT '{}';
ALTER TABLE registry_segment ALTER COLUMN format DROP DEFAULT, ALTER COLUMN page_buckets DROP DEFAULT;
COMMENT ON COLUMN registry_segment.uid IS 'Names the exported file; unlike the id it is never given again, whatever becomes of the database.';
COMMENT ON COLUMN registry_segment.format IS 'Codec of the blocks. Parts of another format than the current one are not read but made anew from the peaks.';
COMMENT ON COLUMN registry_segment.page_buckets IS 'How many buckets a row of registry_block holds.';
COMMENT ON COLUMN registry_segment.layout IS 'Which entries lie where on the axis of positions (ml.fingerprint.blocks.Tracks).';
COMMENT ON COLUMN registry_segment.stopped IS 'Pairs of peaks too common in this part to be kept.';
COMMENT ON TABLE registry_block IS 'A page of postings: so many consecutive buckets of one segment (codec: ml.fingerprint.pages).';
COMMENT ON COLUMN registry_block.bucket IS 'Number of the page: the first bucket over page_buckets.';
"""
TABLES_BACK = """
ALTER TABLE registry_segment DROP COLUMN uid, DROP COLUMN format, DROP COLUMN page_buckets, DROP COLUMN layout,
    DROP COLUMN stopped;
"""

OLD_FUNCTIONS = """
DROP FUNCTION registry_layout(integer);
DROP FUNCTION registry_blocks(integer[], integer[]);
DROP FUNCTION registry_merge_plan();
DROP FUNCTION registry_fresh_peaks(integer[]);
DROP FUNCTION registry_live_segments();
DROP FUNCTION registry_merge_fresh(integer[], integer[], integer[], bytea[]);
DROP FUNCTION registry_merge_begin(integer[]);
DROP FUNCTION registry_merge_state(integer);
DROP FUNCTION registry_merge_write(integer, integer, integer, integer[], bytea[]);
DROP FUNCTION registry_merge_finish(integer);
"""

# The same file heard by a newer extractor keeps its place: only its fingerprint changes.
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
    IF standing.number IS NOT NULL AND standing.sha256 = p_sha256 AND standing.extractor_version <> p_version THEN
        UPDATE registry_entry
        SET asset_id = p_asset, digest = p_digest, duration_s = p_duration, postings = p_postings,
            extractor_version = p_version
        WHERE number = standing.number;
        UPDATE registry_peaks SET peaks = p_peaks WHERE number = standing.number;
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
WITH visible AS MATERIALIZED (
    SELECT e.number, e.duration_s, e.segment_id FROM registry_entry e
    WHERE e.number < p_number AND e.state <> 'withdrawn' AND e.subject = 'recording'
), live AS MATERIALIZED (
    SELECT s.id, s.uid, s.bytes, s.page_buckets FROM registry_segment s WHERE s.state = 'live' AND s.format = p_format
)
SELECT
    coalesce((SELECT array_agg(s.id ORDER BY s.id) FROM live s), '{{}}'),
    coalesce((SELECT array_agg(s.uid ORDER BY s.id) FROM live s), '{{}}'),
    coalesce((SELECT array_agg(s.bytes ORDER BY s.id) FROM live s), '{{}}'),
    coalesce((SELECT array_agg(s.page_buckets ORDER BY s.id) FROM live s), '{{}}'),
    coalesce((
        SELECT array_agg(v.number ORDER BY v.number) FROM visible v
        WHERE v.segment_id IS NULL OR v.segment_id NOT IN (SELECT s.id FROM live s)
    ), '{{}}'),
    coalesce((SELECT array_agg(v.number ORDER BY v.number) FROM visible v), '{{}}'),
    coalesce((SELECT array_agg(v.duration_s ORDER BY v.number) FROM visible v), '{{}}')
FROM registry_entry own
WHERE own.number = p_number AND own.organisation_id = {CALLER}
"""

# Each answer is one row of packed bytes: a row for every page would cost more than the pages.
PAGES = """
BEGIN
    IF NOT EXISTS (SELECT 1 FROM registry_segment s WHERE s.id = p_segment AND s.state <> 'building') THEN
        RAISE EXCEPTION 'A part of the registry was merged away; read the layout again.' USING ERRCODE = 'RG001';
    END IF;
    RETURN QUERY
        SELECT string_agg(int4send(b.bucket), '' ORDER BY b.bucket),
               string_agg(int4send(length(b.block)), '' ORDER BY b.bucket),
               string_agg(b.block, '' ORDER BY b.bucket)
        FROM registry_block b WHERE b.segment_id = p_segment AND b.bucket = ANY (p_pages);
END
"""

SEGMENT_TABLES = """
SELECT s.id, s.bytes, s.page_buckets, s.layout, s.stopped FROM registry_segment s
WHERE s.id = ANY (p_segments) AND s.state <> 'building' ORDER BY s.id
"""

# Which exported files may still be read by somebody.
STANDING = "SELECT coalesce(array_agg(s.uid), '{}') FROM registry_segment s WHERE s.state <> 'building'"

PLAN = """
WITH loose AS (
    SELECT e.number, e.state FROM registry_entry e
    WHERE NOT e.purged AND e.subject = 'recording' AND (e.segment_id IS NULL OR e.segment_id IN (
        SELECT s.id FROM registry_segment s WHERE s.format <> p_format
    ))
)
SELECT
    coalesce((SELECT array_agg(l.number ORDER BY l.number) FROM loose l WHERE l.state <> 'withdrawn'), '{}'),
    coalesce((SELECT array_agg(l.number ORDER BY l.number) FROM loose l WHERE l.state = 'withdrawn'), '{}'),
    (SELECT s.id FROM registry_segment s WHERE s.state = 'building' AND s.format = p_format)
"""

FRESH_PEAKS = """
SELECT p.number, p.peaks FROM registry_peaks p WHERE p.number = ANY (p_numbers) ORDER BY p.number
"""

SEGMENTS = """
SELECT s.id, s.tracks, (SELECT count(*) FROM registry_entry e
                        WHERE e.segment_id = s.id AND e.state = 'withdrawn' AND NOT e.purged)::integer
FROM registry_segment s WHERE s.state = 'live' AND s.format = p_format ORDER BY s.tracks, s.id
"""

# Fresh entries become one small live segment in one transaction; none when somebody else took one of them. Entries of
# a segment in another format count as fresh; the last one to leave retires it.
MERGE_FRESH = f"""
DECLARE
    given integer;
    taken integer;
    left_behind integer[];
BEGIN
    PERFORM 1 FROM registry_entry e WHERE e.number = ANY (p_numbers || p_dropped) ORDER BY e.number FOR UPDATE;
    SELECT coalesce(array_agg(s.id), '{{}}') INTO left_behind FROM registry_segment s WHERE s.format <> p_format;
    SELECT count(*) INTO taken FROM registry_entry e
    WHERE e.number = ANY (p_numbers || p_dropped) AND NOT e.purged
      AND (e.segment_id IS NULL OR e.segment_id = ANY (left_behind));
    IF taken < cardinality(p_numbers) + cardinality(p_dropped) THEN
        RETURN NULL;
    END IF;
    IF cardinality(p_numbers) > 0 THEN
        INSERT INTO registry_segment (state, format, page_buckets, layout, stopped, next_bucket, tracks, live_at)
        VALUES ('live', p_format, p_width, p_layout, p_stopped, {BUCKETS}, cardinality(p_numbers), now())
        RETURNING id INTO given;
        INSERT INTO registry_block (segment_id, bucket, block)
        SELECT given, b.page, b.body FROM unnest(p_pages, p_bodies) AS b (page, body);
        UPDATE registry_segment
        SET bytes = (SELECT coalesce(sum(length(b.body)), 0) FROM unnest(p_bodies) AS b (body))
        WHERE id = given;
        UPDATE registry_entry SET segment_id = given WHERE number = ANY (p_numbers);
    END IF;
    UPDATE registry_entry SET purged = true, segment_id = NULL WHERE number = ANY (p_dropped);
    UPDATE registry_segment s SET state = 'retired', retired_at = now()
    WHERE s.id = ANY (left_behind) AND s.state <> 'retired'
      AND NOT EXISTS (SELECT 1 FROM registry_entry e WHERE e.segment_id = s.id);
    RETURN coalesce(given, 0);
END
"""

MERGE_BEGIN = """
DECLARE
    given integer;
BEGIN
    PERFORM 1 FROM registry_segment s WHERE s.id = ANY (p_sources) AND s.state = 'live' ORDER BY s.id FOR UPDATE;
    IF (SELECT count(*) FROM registry_segment s WHERE s.id = ANY (p_sources) AND s.state = 'live')
        < cardinality(p_sources) THEN
        RETURN NULL;
    END IF;
    INSERT INTO registry_segment (state, format, page_buckets, sources, dropped)
    VALUES ('building', p_format, p_width, p_sources, coalesce((
        SELECT array_agg(e.number ORDER BY e.number) FROM registry_entry e
        WHERE e.segment_id = ANY (p_sources) AND e.state = 'withdrawn'
    ), '{}'))
    ON CONFLICT DO NOTHING
    RETURNING id INTO given;
    RETURN given;
END
"""

MERGE_STATE = """
SELECT s.sources, s.dropped, s.next_bucket, s.page_buckets
FROM registry_segment s WHERE s.id = p_segment AND s.state = 'building'
"""

# Writes one range of buckets if it is the next one; false when another worker was faster.
MERGE_WRITE = """
DECLARE
    own registry_segment;
BEGIN
    SELECT * INTO own FROM registry_segment s WHERE s.id = p_segment FOR UPDATE;
    IF own.id IS NULL OR own.state <> 'building' OR own.next_bucket <> p_from THEN
        RETURN false;
    END IF;
    INSERT INTO registry_block (segment_id, bucket, block)
    SELECT p_segment, b.page, b.body FROM unnest(p_pages, p_bodies) AS b (page, body);
    UPDATE registry_segment
    SET next_bucket = p_next,
        stopped = stopped || p_stopped,
        bytes = bytes + coalesce((SELECT sum(length(b.body)) FROM unnest(p_bodies) AS b (body)), 0)
    WHERE id = p_segment;
    RETURN true;
END
"""

# The flip: from one transaction to the next, readers see the new segment in place of its sources.
MERGE_FINISH = f"""
DECLARE
    own registry_segment;
BEGIN
    SELECT * INTO own FROM registry_segment s WHERE s.id = p_segment FOR UPDATE;
    IF own.id IS NULL OR own.state <> 'building' OR own.next_bucket < {BUCKETS} THEN
        RETURN false;
    END IF;
    UPDATE registry_entry SET segment_id = NULL, purged = true
    WHERE segment_id = ANY (own.sources) AND number = ANY (own.dropped);
    UPDATE registry_entry SET segment_id = own.id WHERE segment_id = ANY (own.sources);
    UPDATE registry_segment SET state = 'retired', retired_at = now() WHERE id = ANY (own.sources);
    UPDATE registry_segment
    SET state = 'live', live_at = now(), layout = p_layout,
        tracks = (SELECT count(*) FROM registry_entry e WHERE e.segment_id = own.id)
    WHERE id = own.id;
    RETURN true;
END
"""

# A building part of another format can't be continued.
DROP_BUILDING = """
DECLARE
    gone integer[];
BEGIN
    SELECT coalesce(array_agg(s.id), '{}') INTO gone FROM (
        SELECT id FROM registry_segment WHERE state = 'building' AND format <> p_format FOR UPDATE
    ) s;
    DELETE FROM registry_block WHERE segment_id = ANY (gone);
    DELETE FROM registry_segment WHERE id = ANY (gone);
    RETURN cardinality(gone);
END
"""


def _write(signature: str, returns: str, body: str, language: str = "plpgsql") -> DefinerFunction:
    return DefinerFunction(signature, returns, body, language=language, volatility="VOLATILE")


class Migration(migrations.Migration):
    dependencies = [("registry", "0005_similarity")]

    operations = [
        migrations.RunSQL(TABLES, TABLES_BACK),
        migrations.RunSQL(OLD_FUNCTIONS, migrations.RunSQL.noop),
        _write(
            "registry_claim(p_track uuid, p_asset uuid, p_sha256 text, p_digest text, p_duration double precision, "
            "p_postings integer, p_version text, p_peaks bytea)",
            "integer",
            CLAIM,
        ),
        DefinerFunction(
            "registry_layout(p_number integer, p_format integer)",
            "TABLE (segments integer[], uids uuid[], sizes bigint[], widths integer[], fresh integer[], "
            "numbers integer[], durations double precision[])",
            LAYOUT,
        ),
        DefinerFunction(
            "registry_pages(p_segment integer, p_pages integer[])",
            "TABLE (pages bytea, sizes bytea, bodies bytea)",
            PAGES,
            language="plpgsql",
        ),
        DefinerFunction(
            "registry_segment_tables(p_segments integer[])",
            "TABLE (segment integer, bytes bigint, width integer, layout bytea, stopped integer[])",
            SEGMENT_TABLES,
        ),
        DefinerFunction("registry_segments_standing()", "uuid[]", STANDING),
        DefinerFunction(
            "registry_merge_plan(p_format integer)",
            "TABLE (fresh integer[], withdrawn integer[], building integer)",
            PLAN,
        ),
        DefinerFunction("registry_fresh_peaks(p_numbers integer[])", "TABLE (entry integer, peaks bytea)", FRESH_PEAKS),
        DefinerFunction(
            "registry_live_segments(p_format integer)",
            "TABLE (segment integer, tracks integer, withdrawn integer)",
            SEGMENTS,
        ),
        _write(
            "registry_merge_fresh(p_numbers integer[], p_dropped integer[], p_format integer, p_width integer, "
            "p_layout bytea, p_stopped integer[], p_pages integer[], p_bodies bytea[])",
            "integer",
            MERGE_FRESH,
        ),
        _write("registry_merge_begin(p_sources integer[], p_format integer, p_width integer)", "integer", MERGE_BEGIN),
        DefinerFunction(
            "registry_merge_state(p_segment integer)",
            "TABLE (sources integer[], dropped integer[], next_bucket integer, width integer)",
            MERGE_STATE,
        ),
        _write(
            "registry_merge_write(p_segment integer, p_from integer, p_next integer, p_stopped integer[], "
            "p_pages integer[], p_bodies bytea[])",
            "boolean",
            MERGE_WRITE,
        ),
        _write("registry_merge_finish(p_segment integer, p_layout bytea)", "boolean", MERGE_FINISH),
        _write("registry_drop_building(p_format integer)", "integer", DROP_BUILDING),
    ]
