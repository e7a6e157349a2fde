from django.db import migrations

from apps.tenancy.operations import DefinerFunction

BUCKETS = 65_536

# A claim stands for as long as its track stands in the registry: when the track goes back to draft, is withdrawn or
# deleted, for whatever reason and by whatever code, the entry is found no more.
FOLLOW = """
BEGIN
    IF TG_OP = 'DELETE' THEN
        UPDATE registry_entry SET state = 'withdrawn', withdrawn_at = now()
        WHERE track_id = OLD.id AND state <> 'withdrawn';
        RETURN OLD;
    END IF;
    IF NEW.deleted_at IS NOT NULL OR NEW.status IN ('draft', 'withdrawn') THEN
        UPDATE registry_entry SET state = 'withdrawn', withdrawn_at = now()
        WHERE track_id = NEW.id AND state <> 'withdrawn';
    END IF;
    RETURN NEW;
END
"""
TRIGGERS = """
CREATE TRIGGER registry_follows_track AFTER UPDATE OF status, deleted_at OR DELETE ON catalog_track
FOR EACH ROW EXECUTE FUNCTION registry_follow_track();
"""

LEASE = """
INSERT INTO registry_lease AS l (name, holder, until) VALUES ('maintenance', p_holder, now() + make_interval(secs => p_seconds))
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
WHERE l.holder = p_holder OR l.until < now()
RETURNING true
"""

RELEASE = "DELETE FROM registry_lease WHERE name = 'maintenance' AND holder = p_holder RETURNING true"

PLAN = """
SELECT
    coalesce((SELECT array_agg(e.number ORDER BY e.number) FROM registry_entry e
              WHERE e.segment_id IS NULL AND NOT e.purged AND e.state <> 'withdrawn'), '{}'),
    coalesce((SELECT array_agg(e.number ORDER BY e.number) FROM registry_entry e
              WHERE e.segment_id IS NULL AND NOT e.purged AND e.state = 'withdrawn'), '{}'),
    (SELECT s.id FROM registry_segment s WHERE s.state = 'building')
"""

FRESH_PEAKS = """
SELECT p.number, p.peaks FROM registry_peaks p JOIN registry_entry e ON e.number = p.number
WHERE p.number = ANY (p_numbers) AND e.segment_id IS NULL AND NOT e.purged
"""

SEGMENTS = """
SELECT s.id, s.tracks, (SELECT count(*) FROM registry_entry e
                        WHERE e.segment_id = s.id AND e.state = 'withdrawn' AND NOT e.purged)::integer
FROM registry_segment s WHERE s.state = 'live' ORDER BY s.tracks, s.id
"""

# Fresh entries become one small live segment in one transaction; none when somebody else took one of them.
MERGE_FRESH = f"""
DECLARE
    given integer;
    taken integer;
BEGIN
    PERFORM 1 FROM registry_entry e WHERE e.number = ANY (p_numbers || p_dropped) ORDER BY e.number FOR UPDATE;
    SELECT count(*) INTO taken FROM registry_entry e
    WHERE e.number = ANY (p_numbers || p_dropped) AND e.segment_id IS NULL AND NOT e.purged;
    IF taken < cardinality(p_numbers) + cardinality(p_dropped) THEN
        RETURN NULL;
    END IF;
    IF cardinality(p_numbers) > 0 THEN
        INSERT INTO registry_segment (state, next_bucket, tracks, live_at)
        VALUES ('live', {BUCKETS}, cardinality(p_numbers), now()) RETURNING id INTO given;
        INSERT INTO registry_block (segment_id, bucket, block)
        SELECT given, b.bucket, b.block FROM unnest(p_buckets, p_blocks) AS b (bucket, block);
        UPDATE registry_segment
        SET bytes = (SELECT coalesce(sum(length(b.block)), 0) FROM registry_block b WHERE b.segment_id = given)
        WHERE id = given;
        UPDATE registry_entry SET segment_id = given WHERE number = ANY (p_numbers);
    END IF;
    UPDATE registry_entry SET purged = true WHERE number = ANY (p_dropped);
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
    INSERT INTO registry_segment (state, sources, dropped)
    VALUES ('building', p_sources, coalesce((
        SELECT array_agg(e.number ORDER BY e.number) FROM registry_entry e
        WHERE e.segment_id = ANY (p_sources) AND e.state = 'withdrawn'
    ), '{}'))
    ON CONFLICT DO NOTHING
    RETURNING id INTO given;
    RETURN given;
END
"""

MERGE_STATE = """
SELECT s.sources, s.dropped, s.next_bucket,
       (SELECT coalesce(sum(t.bytes), 0)::bigint FROM registry_segment t WHERE t.id = ANY (s.sources))
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
    SELECT p_segment, b.bucket, b.block FROM unnest(p_buckets, p_blocks) AS b (bucket, block);
    UPDATE registry_segment
    SET next_bucket = p_next,
        bytes = bytes + coalesce((SELECT sum(length(b.block)) FROM unnest(p_blocks) AS b (block)), 0)
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
    SET state = 'live', live_at = now(), tracks = (SELECT count(*) FROM registry_entry e WHERE e.segment_id = own.id)
    WHERE id = own.id;
    RETURN true;
END
"""

# What no reader can need any more: parts that were merged away before the grace began.
SWEEP = """
DECLARE
    old timestamptz := now() - make_interval(secs => p_grace);
    gone integer[];
BEGIN
    SELECT coalesce(array_agg(s.id), '{}') INTO gone FROM (
        SELECT id FROM registry_segment WHERE state = 'retired' AND retired_at < old FOR UPDATE SKIP LOCKED
    ) s;
    DELETE FROM registry_block WHERE segment_id = ANY (gone);
    DELETE FROM registry_segment WHERE id = ANY (gone);
    DELETE FROM registry_peaks p USING registry_entry e
    WHERE e.number = p.number AND e.purged AND e.withdrawn_at < old;
    RETURN cardinality(gone);
END
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0002_functions")]

    operations = [
        migrations.RunSQL(
            "CREATE UNIQUE INDEX registry_segment_one_building ON registry_segment ((true)) WHERE state = 'building'",
            "DROP INDEX registry_segment_one_building",
        ),
        DefinerFunction("registry_follow_track()", "trigger", FOLLOW, language="plpgsql", volatility="VOLATILE"),
        migrations.RunSQL(TRIGGERS, "DROP TRIGGER registry_follows_track ON catalog_track"),
        DefinerFunction(
            "registry_take_lease(p_holder uuid, p_seconds double precision)", "boolean", LEASE, volatility="VOLATILE"
        ),
        DefinerFunction("registry_release_lease(p_holder uuid)", "boolean", RELEASE, volatility="VOLATILE"),
        DefinerFunction(
            "registry_merge_plan()", "TABLE (fresh integer[], withdrawn integer[], building integer)", PLAN
        ),
        DefinerFunction("registry_fresh_peaks(p_numbers integer[])", "TABLE (entry integer, peaks bytea)", FRESH_PEAKS),
        DefinerFunction(
            "registry_live_segments()", "TABLE (segment integer, tracks integer, withdrawn integer)", SEGMENTS
        ),
        DefinerFunction(
            "registry_merge_fresh(p_numbers integer[], p_dropped integer[], p_buckets integer[], p_blocks bytea[])",
            "integer",
            MERGE_FRESH,
            language="plpgsql",
            volatility="VOLATILE",
        ),
        DefinerFunction(
            "registry_merge_begin(p_sources integer[])",
            "integer",
            MERGE_BEGIN,
            language="plpgsql",
            volatility="VOLATILE",
        ),
        DefinerFunction(
            "registry_merge_state(p_segment integer)",
            "TABLE (sources integer[], dropped integer[], next_bucket integer, bytes bigint)",
            MERGE_STATE,
        ),
        DefinerFunction(
            "registry_merge_write(p_segment integer, p_from integer, p_next integer, p_buckets integer[], p_blocks bytea[])",
            "boolean",
            MERGE_WRITE,
            language="plpgsql",
            volatility="VOLATILE",
        ),
        DefinerFunction(
            "registry_merge_finish(p_segment integer)",
            "boolean",
            MERGE_FINISH,
            language="plpgsql",
            volatility="VOLATILE",
        ),
        DefinerFunction(
            "registry_sweep(p_grace double precision)", "integer", SWEEP, language="plpgsql", volatility="VOLATILE"
        ),
    ]
