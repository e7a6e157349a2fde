from django.db import migrations, models

from apps.tenancy.operations import DefinerFunction

CALLER = "nullif(current_setting('app.organisation_id', true), '')::uuid"
CLAIM_LOCK = 731_001

# What workers could not read. It hides nothing by itself: every worker passes over what it can't read, and a newer one
# may be able to. Upkeep leaves reported entries out of merges, makes reported segments anew, and takes reports back.
TABLES = """
CREATE TABLE registry_damage (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('peaks', 'cover', 'melody', 'transcription', 'segment')),
    number integer REFERENCES registry_entry,
    segment_id integer REFERENCES registry_segment ON DELETE CASCADE,
    message text NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((kind = 'segment') = (segment_id IS NOT NULL) AND (kind = 'segment') = (number IS NULL)),
    UNIQUE (kind, number),
    UNIQUE (segment_id)
);
COMMENT ON TABLE registry_damage IS 'Fingerprints, prints and segments that workers could not read and passed over.';
CREATE INDEX registry_damage_number ON registry_damage (number);
REVOKE ALL ON registry_damage FROM PUBLIC, descant_runtime, descant_platform;
GRANT SELECT, INSERT, UPDATE, DELETE ON registry_damage TO descant_registry;
REVOKE ALL ON SEQUENCE registry_damage_id_seq FROM PUBLIC, descant_runtime, descant_platform;

CREATE VIEW registry_damage_seen AS
SELECT d.id, d.kind, d.number, d.segment_id, d.message, d.seen_at,
       coalesce(g.name, '') AS organisation, coalesce(t.title, w.title, '') AS title
FROM registry_damage d
LEFT JOIN registry_entry e ON e.number = d.number
LEFT JOIN tenancy_organisation g ON g.id = e.organisation_id
LEFT JOIN catalog_track t ON t.id = e.track_id
LEFT JOIN catalog_work w ON w.id = e.work_id
WHERE e.number IS NULL OR e.state <> 'withdrawn';
ALTER VIEW registry_damage_seen OWNER TO descant_registry;
REVOKE ALL ON registry_damage_seen FROM PUBLIC, descant_runtime, descant_platform;
GRANT SELECT ON registry_damage_seen TO descant_platform;
"""
TABLES_BACK = "DROP VIEW registry_damage_seen; DROP TABLE registry_damage;"

REPORT = """
    INSERT INTO registry_damage (kind, number, message)
    SELECT p_kind, e.number, left(p_message, 500) FROM registry_entry e WHERE e.number = p_number
    ON CONFLICT DO NOTHING
    RETURNING true
"""
REPORT_SEGMENT = """
    INSERT INTO registry_damage (kind, segment_id, message)
    SELECT 'segment', s.id, left(p_message, 500) FROM registry_segment s WHERE s.id = p_segment AND s.state = 'live'
    ON CONFLICT DO NOTHING
    RETURNING true
"""

# Stored peaks that were reported: upkeep looks whether it can read them.
SUSPECT = """
SELECT p.number, p.peaks FROM registry_damage d JOIN registry_peaks p ON p.number = d.number
WHERE d.kind = 'peaks' ORDER BY p.number LIMIT 100
"""
TAKE_BACK = "DELETE FROM registry_damage WHERE kind = 'peaks' AND number = ANY (p_numbers) RETURNING true"

# Entries of segments that can't be read count as fresh again; their postings are made anew from the peaks.
REMAKE = """
DECLARE
    bad integer[];
    gone integer[];
    given integer;
BEGIN
    SELECT coalesce(array_agg(d.segment_id), '{}') INTO bad FROM registry_damage d WHERE d.kind = 'segment';
    IF cardinality(bad) = 0 THEN
        RETURN 0;
    END IF;
    SELECT coalesce(array_agg(s.id), '{}') INTO gone FROM (
        SELECT id FROM registry_segment WHERE state = 'building' AND sources && bad FOR UPDATE
    ) s;
    FOREACH given IN ARRAY gone LOOP
        EXECUTE format('DROP TABLE IF EXISTS public.registry_block_%s', given);
    END LOOP;
    DELETE FROM registry_segment WHERE id = ANY (gone);
    UPDATE registry_entry SET segment_id = NULL WHERE segment_id = ANY (bad);
    UPDATE registry_segment SET state = 'retired', retired_at = now() WHERE id = ANY (bad) AND state = 'live';
    DELETE FROM registry_damage WHERE kind = 'segment' AND segment_id = ANY (bad);
    RETURN cardinality(bad);
END
"""

# Entries whose peaks were reported stay out of merges until they can be read; a withdrawn one goes as any other.
PLAN = """
WITH loose AS (
    SELECT e.number, e.state FROM registry_entry e
    WHERE NOT e.purged AND e.subject = 'recording' AND (e.segment_id IS NULL OR e.segment_id IN (
        SELECT s.id FROM registry_segment s WHERE s.format <> p_format
    ))
)
SELECT
    coalesce((SELECT array_agg(l.number ORDER BY l.number) FROM loose l WHERE l.state <> 'withdrawn'
              AND NOT EXISTS (SELECT 1 FROM registry_damage d WHERE d.number = l.number AND d.kind = 'peaks')), '{}'),
    coalesce((SELECT array_agg(l.number ORDER BY l.number) FROM loose l WHERE l.state = 'withdrawn'), '{}'),
    (SELECT s.id FROM registry_segment s WHERE s.state = 'building' AND s.format = p_format)
"""

# As before; and peaks that were reported are written anew by whoever claims the place again.
CLAIM = f"""
DECLARE
    caller uuid := {CALLER};
    standing registry_entry;
    given integer;
    damaged boolean;
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
    damaged := EXISTS (SELECT 1 FROM registry_damage d WHERE d.kind = 'peaks' AND d.number = standing.number);
    IF NOT damaged AND standing.number IS NOT NULL AND standing.digest = p_digest
        AND standing.extractor_version = p_version THEN
        UPDATE registry_entry SET asset_id = p_asset, sha256 = p_sha256 WHERE number = standing.number;
        RETURN standing.number;
    END IF;
    IF standing.number IS NOT NULL AND standing.sha256 = p_sha256
        AND (damaged OR standing.extractor_version <> p_version) THEN
        UPDATE registry_entry
        SET asset_id = p_asset, digest = p_digest, duration_s = p_duration, postings = p_postings,
            extractor_version = p_version
        WHERE number = standing.number;
        UPDATE registry_peaks SET peaks = p_peaks WHERE number = standing.number;
        DELETE FROM registry_damage d WHERE d.kind = 'peaks' AND d.number = standing.number;
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

# A new print takes the report of the old one back.
TRIGGER = """
CREATE TRIGGER registry_print_replaced AFTER DELETE ON registry_similarity
FOR EACH ROW EXECUTE FUNCTION registry_forget_damage();
"""
FORGET = """
BEGIN
    DELETE FROM registry_damage d WHERE d.number = OLD.number AND d.kind = OLD.kind;
    RETURN OLD;
END
"""
# Prints of one kind that were made with another version or can't be read, of the bound organisation's own entries.
OUTDATED = f"""
SELECT e.track_id, e.work_id FROM registry_entry e
WHERE e.organisation_id = {CALLER} AND e.state <> 'withdrawn' AND e.subject = p_subject AND (
    NOT EXISTS (
        SELECT 1 FROM registry_similarity s WHERE s.number = e.number AND s.kind = p_kind AND s.version = p_version
    ) OR EXISTS (SELECT 1 FROM registry_damage d WHERE d.number = e.number AND d.kind = p_kind)
)
"""


def _write(signature: str, returns: str, body: str, language: str = "sql") -> DefinerFunction:
    return DefinerFunction(signature, returns, body, language=language, volatility="VOLATILE")


class Migration(migrations.Migration):
    dependencies = [("registry", "0008_tables_of_blocks")]

    operations = [
        migrations.RunSQL(TABLES, TABLES_BACK),
        migrations.CreateModel(
            name="Damage",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("kind", models.TextField()),
                ("number", models.IntegerField(null=True, verbose_name="entry")),
                ("segment_id", models.IntegerField(null=True, verbose_name="segment")),
                ("organisation", models.TextField()),
                ("title", models.TextField()),
                ("message", models.TextField()),
                ("seen_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "unreadable entry",
                "verbose_name_plural": "health of the registry",
                "db_table": "registry_damage_seen",
                "managed": False,
            },
        ),
        _write("registry_report_damage(p_kind text, p_number integer, p_message text)", "boolean", REPORT),
        _write("registry_report_segment(p_segment integer, p_message text)", "boolean", REPORT_SEGMENT),
        DefinerFunction("registry_suspect_peaks()", "TABLE (entry integer, peaks bytea)", SUSPECT),
        _write("registry_take_back(p_numbers integer[])", "boolean", TAKE_BACK),
        _write("registry_remake()", "integer", REMAKE, "plpgsql"),
        DefinerFunction(
            "registry_merge_plan(p_format integer)",
            "TABLE (fresh integer[], withdrawn integer[], building integer)",
            PLAN,
        ),
        _write(
            "registry_claim(p_track uuid, p_asset uuid, p_sha256 text, p_digest text, p_duration double precision, "
            "p_postings integer, p_version text, p_peaks bytea)",
            "integer",
            CLAIM,
            "plpgsql",
        ),
        _write("registry_forget_damage()", "trigger", FORGET, "plpgsql"),
        migrations.RunSQL(TRIGGER, "DROP TRIGGER registry_print_replaced ON registry_similarity"),
        DefinerFunction(
            "registry_outdated(p_subject text, p_kind text, p_version text)",
            "TABLE (track_id uuid, work_id uuid)",
            OUTDATED,
        ),
    ]
