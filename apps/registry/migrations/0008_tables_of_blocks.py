from django.db import migrations

from apps.tenancy.operations import DefinerFunction

BUCKETS = 32_768

# Each segment's pages lie in a table of their own, registry_block_<id>, which is dropped with the segment: what merges
# leave behind is given back to the system at once, with nothing to vacuum. The tables are made by functions of
# descant_registry and belong to it, so nobody who logs in may read them.
MAKE = """
    EXECUTE format(
        'CREATE TABLE public.registry_block_%s (bucket integer PRIMARY KEY, block bytea STORAGE EXTERNAL NOT NULL)',
        {segment}
    );
"""
FILL = """
    EXECUTE format(
        'INSERT INTO public.registry_block_%s (bucket, block) '
        'SELECT b.page, b.body FROM unnest($1, $2) AS b (page, body)', {segment}
    ) USING p_pages, p_bodies;
"""
DROP = """
    FOREACH given IN ARRAY {segments} LOOP
        EXECUTE format('DROP TABLE IF EXISTS public.registry_block_%s', given);
    END LOOP;
"""

APART = f"""
DO $move$
DECLARE
    given integer;
BEGIN
    SET LOCAL ROLE descant_registry;
    FOR given IN SELECT s.id FROM registry_segment s ORDER BY s.id LOOP
        {MAKE.format(segment="given")}
        EXECUTE format(
            'INSERT INTO public.registry_block_%s SELECT bucket, block FROM registry_block WHERE segment_id = %s',
            given, given
        );
    END LOOP;
    RESET ROLE;
END
$move$;
DROP TABLE registry_block;
"""
TOGETHER = """
CREATE TABLE registry_block (
    segment_id integer NOT NULL,
    bucket integer NOT NULL,
    block bytea STORAGE EXTERNAL NOT NULL,
    PRIMARY KEY (segment_id, bucket)
);
REVOKE ALL ON registry_block FROM PUBLIC, descant_runtime, descant_platform;
GRANT SELECT, INSERT, UPDATE, DELETE ON registry_block TO descant_registry;
DO $move$
DECLARE
    given integer;
BEGIN
    SET LOCAL ROLE descant_registry;
    FOR given IN SELECT s.id FROM registry_segment s ORDER BY s.id LOOP
        EXECUTE format(
            'INSERT INTO registry_block SELECT %s, bucket, block FROM public.registry_block_%s', given, given
        );
        EXECUTE format('DROP TABLE public.registry_block_%s', given);
    END LOOP;
    RESET ROLE;
END
$move$;
"""

# Each answer is one row of packed bytes: a row for every page would cost more than the pages.
PAGES = """
BEGIN
    IF NOT EXISTS (SELECT 1 FROM registry_segment s WHERE s.id = p_segment AND s.state <> 'building') THEN
        RAISE EXCEPTION 'A part of the registry was merged away; read the layout again.' USING ERRCODE = 'RG001';
    END IF;
    RETURN QUERY EXECUTE format(
        'SELECT string_agg(int4send(b.bucket), '''' ORDER BY b.bucket), '
        'string_agg(int4send(length(b.block)), '''' ORDER BY b.bucket), string_agg(b.block, '''' ORDER BY b.bucket) '
        'FROM public.registry_block_%s b WHERE b.bucket = ANY ($1)', p_segment
    ) USING p_pages;
EXCEPTION WHEN undefined_table THEN
    RAISE EXCEPTION 'A part of the registry was merged away; read the layout again.' USING ERRCODE = 'RG001';
END
"""

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
        INSERT INTO registry_segment (state, format, page_buckets, layout, stopped, next_bucket, tracks, bytes, live_at)
        VALUES ('live', p_format, p_width, p_layout, p_stopped, {BUCKETS}, cardinality(p_numbers),
                (SELECT coalesce(sum(length(b.body)), 0) FROM unnest(p_bodies) AS b (body)), now())
        RETURNING id INTO given;
        {MAKE.format(segment="given")}
        {FILL.format(segment="given")}
        UPDATE registry_entry SET segment_id = given WHERE number = ANY (p_numbers);
    END IF;
    UPDATE registry_entry SET purged = true, segment_id = NULL WHERE number = ANY (p_dropped);
    UPDATE registry_segment s SET state = 'retired', retired_at = now()
    WHERE s.id = ANY (left_behind) AND s.state <> 'retired'
      AND NOT EXISTS (SELECT 1 FROM registry_entry e WHERE e.segment_id = s.id);
    RETURN coalesce(given, 0);
END
"""

MERGE_BEGIN = f"""
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
    ), '{{}}'))
    ON CONFLICT DO NOTHING
    RETURNING id INTO given;
    IF given IS NOT NULL THEN
        {MAKE.format(segment="given")}
    END IF;
    RETURN given;
END
"""

# Writes one range of buckets if it is the next one; false when another worker was faster.
MERGE_WRITE = f"""
DECLARE
    own registry_segment;
BEGIN
    SELECT * INTO own FROM registry_segment s WHERE s.id = p_segment FOR UPDATE;
    IF own.id IS NULL OR own.state <> 'building' OR own.next_bucket <> p_from THEN
        RETURN false;
    END IF;
    {FILL.format(segment="p_segment")}
    UPDATE registry_segment
    SET next_bucket = p_next,
        stopped = stopped || p_stopped,
        bytes = bytes + coalesce((SELECT sum(length(b.body)) FROM unnest(p_bodies) AS b (body)), 0)
    WHERE id = p_segment;
    RETURN true;
END
"""

# What no reader can need any more: parts that were merged away before the grace began.
SWEEP = f"""
DECLARE
    old timestamptz := now() - make_interval(secs => p_grace);
    gone integer[];
    given integer;
BEGIN
    SELECT coalesce(array_agg(s.id), '{{}}') INTO gone FROM (
        SELECT id FROM registry_segment WHERE state = 'retired' AND retired_at < old FOR UPDATE SKIP LOCKED
    ) s;
    {DROP.format(segments="gone")}
    DELETE FROM registry_segment WHERE id = ANY (gone);
    DELETE FROM registry_peaks p USING registry_entry e
    WHERE e.number = p.number AND e.purged AND e.withdrawn_at < old;
    RETURN cardinality(gone);
END
"""

# A building part of another format can't be continued.
DROP_BUILDING = f"""
DECLARE
    gone integer[];
    given integer;
BEGIN
    SELECT coalesce(array_agg(s.id), '{{}}') INTO gone FROM (
        SELECT id FROM registry_segment WHERE state = 'building' AND format <> p_format FOR UPDATE
    ) s;
    {DROP.format(segments="gone")}
    DELETE FROM registry_segment WHERE id = ANY (gone);
    RETURN cardinality(gone);
END
"""

# Bytes on disk, by what they are for: the tables, their indexes and long values.
SIZES = """
SELECT
    coalesce((SELECT sum(pg_total_relation_size(format('public.registry_block_%s', s.id)::regclass))
              FROM registry_segment s WHERE s.state = 'live'), 0)::bigint,
    coalesce((SELECT sum(pg_total_relation_size(format('public.registry_block_%s', s.id)::regclass))
              FROM registry_segment s WHERE s.state <> 'live'), 0)::bigint,
    pg_total_relation_size('public.registry_peaks'),
    pg_total_relation_size('public.registry_entry') + pg_total_relation_size('public.registry_segment'),
    pg_total_relation_size('public.registry_similarity')
"""


def _write(signature: str, returns: str, body: str) -> DefinerFunction:
    return DefinerFunction(signature, returns, body, language="plpgsql", volatility="VOLATILE")


class Migration(migrations.Migration):
    dependencies = [("registry", "0007_vacuum")]

    operations = [
        migrations.RunSQL(APART, TOGETHER),
        DefinerFunction(
            "registry_pages(p_segment integer, p_pages integer[])",
            "TABLE (pages bytea, sizes bytea, bodies bytea)",
            PAGES,
            language="plpgsql",
        ),
        _write(
            "registry_merge_fresh(p_numbers integer[], p_dropped integer[], p_format integer, p_width integer, "
            "p_layout bytea, p_stopped integer[], p_pages integer[], p_bodies bytea[])",
            "integer",
            MERGE_FRESH,
        ),
        _write("registry_merge_begin(p_sources integer[], p_format integer, p_width integer)", "integer", MERGE_BEGIN),
        _write(
            "registry_merge_write(p_segment integer, p_from integer, p_next integer, p_stopped integer[], "
            "p_pages integer[], p_bodies bytea[])",
            "boolean",
            MERGE_WRITE,
        ),
        _write("registry_sweep(p_grace double precision)", "integer", SWEEP),
        _write("registry_drop_building(p_format integer)", "integer", DROP_BUILDING),
        DefinerFunction(
            "registry_sizes()",
            "TABLE (postings bigint, kept_for_readers bigint, peaks bigint, entries bigint, prints bigint)",
            SIZES,
        ),
    ]
