from django.db import migrations

from apps.tenancy.operations import DefinerFunction

CALLER = "nullif(current_setting('app.organisation_id', true), '')::uuid"
CLAIM_LOCK = 731_001
"""The lock of ``registry_claim``: numbers and prints become visible in the order in which they commit."""

# A work has an entry of the same sequence as recordings. It has no postings, so for the index it counts as purged.
ENTRIES = """
ALTER TABLE registry_entry
    ADD COLUMN subject text NOT NULL DEFAULT 'recording' CHECK (subject IN ('recording', 'work')),
    ADD COLUMN work_id uuid,
    ADD COLUMN score_id uuid,
    ALTER COLUMN track_id DROP NOT NULL,
    ALTER COLUMN asset_id DROP NOT NULL,
    ADD CONSTRAINT registry_entry_one_subject CHECK (CASE subject
        WHEN 'recording' THEN track_id IS NOT NULL AND asset_id IS NOT NULL AND work_id IS NULL AND score_id IS NULL
        ELSE work_id IS NOT NULL AND score_id IS NOT NULL AND track_id IS NULL AND asset_id IS NULL AND purged
    END);
CREATE UNIQUE INDEX registry_entry_work_once ON registry_entry (organisation_id, work_id)
    WHERE state <> 'withdrawn' AND work_id IS NOT NULL;
CREATE INDEX registry_entry_work ON registry_entry (work_id) WHERE work_id IS NOT NULL;
"""
ENTRIES_BACK = """
DELETE FROM registry_pair p USING registry_entry e
    WHERE e.number IN (p.query_number, p.other_number) AND e.subject = 'work';
DELETE FROM registry_entry WHERE subject = 'work';
ALTER TABLE registry_entry
    DROP COLUMN subject CASCADE, DROP COLUMN work_id CASCADE, DROP COLUMN score_id CASCADE,
    ALTER COLUMN track_id SET NOT NULL, ALTER COLUMN asset_id SET NOT NULL;
"""

PRINTS = """
CREATE TABLE registry_similarity (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    number integer NOT NULL REFERENCES registry_entry,
    kind text NOT NULL CHECK (kind IN ('cover', 'melody', 'transcription')),
    version text NOT NULL,
    print bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (number, kind)
);
COMMENT ON TABLE registry_similarity IS 'What covers and melodies are compared by. A new print has a new id, so that what a worker has read under an id never changes.';
CREATE INDEX registry_similarity_kind ON registry_similarity (kind, version);
ALTER TABLE registry_similarity ALTER COLUMN print SET STORAGE EXTERNAL;
REVOKE ALL ON registry_similarity FROM PUBLIC, descant_runtime, descant_platform;
GRANT SELECT, INSERT, UPDATE, DELETE ON registry_similarity TO descant_registry;
"""

TRIGGERS = """
CREATE TRIGGER registry_follows_work AFTER UPDATE OF status, deleted_at OR DELETE ON catalog_work
FOR EACH ROW EXECUTE FUNCTION registry_follow_work();
CREATE TRIGGER registry_prints_end AFTER UPDATE OF state ON registry_entry
FOR EACH ROW WHEN (NEW.state = 'withdrawn') EXECUTE FUNCTION registry_end_prints();
"""
TRIGGERS_BACK = """
DROP TRIGGER registry_follows_work ON catalog_work;
DROP TRIGGER registry_prints_end ON registry_entry;
"""

FOLLOW_WORK = """
BEGIN
    IF TG_OP = 'DELETE' THEN
        UPDATE registry_entry SET state = 'withdrawn', withdrawn_at = now()
        WHERE work_id = OLD.id AND state <> 'withdrawn';
        RETURN OLD;
    END IF;
    IF NEW.deleted_at IS NOT NULL OR NEW.status IN ('draft', 'withdrawn') THEN
        UPDATE registry_entry SET state = 'withdrawn', withdrawn_at = now()
        WHERE work_id = NEW.id AND state <> 'withdrawn';
    END IF;
    RETURN NEW;
END
"""

END_PRINTS = """
BEGIN
    DELETE FROM registry_similarity WHERE number = NEW.number;
    RETURN NEW;
END
"""

CLAIM_WORK = f"""
DECLARE
    caller uuid := {CALLER};
    standing registry_entry;
    given integer;
BEGIN
    IF caller IS NULL OR NOT EXISTS (
        SELECT 1 FROM catalog_work w
        WHERE w.id = p_work AND w.organisation_id = caller AND w.status = 'checking' AND w.deleted_at IS NULL
    ) THEN
        RAISE EXCEPTION 'Only a work of the bound organisation that is being checked can be claimed.'
            USING ERRCODE = 'RG002';
    END IF;
    PERFORM pg_advisory_xact_lock({CLAIM_LOCK});
    SELECT * INTO standing FROM registry_entry e
    WHERE e.organisation_id = caller AND e.work_id = p_work AND e.state <> 'withdrawn' FOR UPDATE;
    IF standing.number IS NOT NULL AND standing.digest = p_digest THEN
        UPDATE registry_entry SET score_id = p_score, sha256 = p_sha256 WHERE number = standing.number;
        RETURN standing.number;
    END IF;
    UPDATE registry_entry SET state = 'withdrawn', withdrawn_at = now() WHERE number = standing.number;
    INSERT INTO registry_entry
        (organisation_id, subject, work_id, score_id, sha256, digest, duration_s, postings, extractor_version, purged)
    VALUES (caller, 'work', p_work, p_score, p_sha256, p_digest, p_duration, 0, p_version, true)
    RETURNING number INTO given;
    RETURN given;
END
"""

# The same bytes of the same version keep their id, so that workers need not read them again.
PUT_PRINT = f"""
BEGIN
    PERFORM pg_advisory_xact_lock({CLAIM_LOCK});
    IF NOT EXISTS (
        SELECT 1 FROM registry_entry e
        WHERE e.number = p_number AND e.organisation_id = {CALLER} AND e.state <> 'withdrawn'
    ) THEN
        RAISE EXCEPTION 'Only an entry of the bound organisation can be given a print.' USING ERRCODE = 'RG002';
    END IF;
    IF EXISTS (
        SELECT 1 FROM registry_similarity s
        WHERE s.number = p_number AND s.kind = p_kind AND s.version = p_version AND s.print = p_print
    ) THEN
        RETURN false;
    END IF;
    DELETE FROM registry_similarity s WHERE s.number = p_number AND s.kind = p_kind;
    INSERT INTO registry_similarity (number, kind, version, print) VALUES (p_number, p_kind, p_version, p_print);
    RETURN true;
END
"""

# What an entry is compared with: prints of one kind and version. A first check sees lower numbers; a re-check of an
# entry that stood before its print did sees all others.
LIVE = f"""
SELECT coalesce(array_agg(s.id ORDER BY s.number), '{{}}'), coalesce(array_agg(s.number ORDER BY s.number), '{{}}')
FROM registry_similarity s
WHERE s.kind = p_kind AND s.version = p_version AND s.number <> p_number AND (p_all OR s.number < p_number)
  AND EXISTS (SELECT 1 FROM registry_entry own WHERE own.number = p_number AND own.organisation_id = {CALLER})
"""

READ_PRINTS = f"""
SELECT s.id, s.print FROM registry_similarity s
WHERE s.id = ANY (p_prints) AND EXISTS (
    SELECT 1 FROM registry_entry own WHERE own.number = p_number AND own.organisation_id = {CALLER}
)
"""

# Prints of one kind that were made with another version, of the bound organisation's own entries.
OUTDATED = f"""
SELECT e.track_id, e.work_id FROM registry_entry e
WHERE e.organisation_id = {CALLER} AND e.state <> 'withdrawn' AND e.subject = p_subject AND NOT EXISTS (
    SELECT 1 FROM registry_similarity s WHERE s.number = e.number AND s.kind = p_kind AND s.version = p_version
)
"""

ACTIVATE_WORK = f"""
UPDATE registry_entry SET state = 'active', activated_at = coalesce(activated_at, now())
WHERE organisation_id = {CALLER} AND work_id = p_work AND state <> 'withdrawn'
RETURNING number
"""

ENTRY_OF_WORK = f"""
SELECT e.number, e.state, e.score_id, e.digest FROM registry_entry e
WHERE e.organisation_id = {CALLER} AND e.work_id = p_work AND e.state <> 'withdrawn'
"""

LAYOUT = f"""
WITH visible AS (
    SELECT e.number, e.duration_s, e.segment_id FROM registry_entry e
    WHERE e.number < p_number AND e.state <> 'withdrawn' AND e.subject = 'recording'
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

# Two entries are one pair, whichever of them was checked when they were found to be alike.
PAIR = f"""
DECLARE
    found uuid;
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM registry_entry own WHERE own.number = p_number AND own.organisation_id = {CALLER}
    ) THEN
        RAISE EXCEPTION 'Only matches of the bound organisation can be recorded.' USING ERRCODE = 'RG002';
    END IF;
    SELECT p.id INTO found FROM registry_pair p WHERE p.query_number = p_other AND p.other_number = p_number;
    IF found IS NOT NULL THEN
        RETURN found;
    END IF;
    INSERT INTO registry_pair (query_number, other_number) VALUES (p_number, p_other)
    ON CONFLICT (query_number, other_number) DO NOTHING;
    SELECT p.id INTO found FROM registry_pair p WHERE p.query_number = p_number AND p.other_number = p_other;
    RETURN found;
END
"""

DISCLOSE = f"""
SELECT e.number,
       CASE e.subject
           WHEN 'work' THEN coalesce(nullif(w.public_title, ''),
               CASE WHEN w.subtitle = '' THEN w.title ELSE w.title || ' (' || w.subtitle || ')' END)
           ELSE coalesce(nullif(t.public_title, ''),
               CASE WHEN t.version = '' THEN t.title ELSE t.title || ' (' || t.version || ')' END)
       END,
       CASE e.subject
           WHEN 'work' THEN coalesce(nullif(w.public_composer, ''), w.composer_line)
           ELSE coalesce(nullif(t.public_artist, ''), t.artist_line)
       END,
       g.public_name,
       g.contact_route,
       e.state = 'active',
       g.share_excerpts,
       e.duration_s,
       e.organisation_id = {CALLER},
       CASE WHEN e.organisation_id = {CALLER} THEN e.track_id END,
       e.subject,
       CASE WHEN e.organisation_id = {CALLER} THEN e.work_id END
FROM registry_entry e
LEFT JOIN catalog_track t ON t.id = e.track_id
LEFT JOIN catalog_work w ON w.id = e.work_id
JOIN tenancy_organisation g ON g.id = e.organisation_id
WHERE e.number = ANY (p_numbers) AND e.state <> 'withdrawn' AND (t.id IS NOT NULL OR w.id IS NOT NULL) AND EXISTS (
    SELECT 1 FROM registry_entry own WHERE own.number = p_number AND own.organisation_id = {CALLER}
)
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0004_listeners"), ("catalog", "0005_works_security")]

    operations = [
        migrations.RunSQL(ENTRIES, ENTRIES_BACK),
        migrations.RunSQL(PRINTS, "DROP TABLE registry_similarity"),
        DefinerFunction("registry_follow_work()", "trigger", FOLLOW_WORK, language="plpgsql", volatility="VOLATILE"),
        DefinerFunction("registry_end_prints()", "trigger", END_PRINTS, language="plpgsql", volatility="VOLATILE"),
        migrations.RunSQL(TRIGGERS, TRIGGERS_BACK),
        DefinerFunction(
            "registry_claim_work(p_work uuid, p_score uuid, p_sha256 text, p_digest text, "
            "p_duration double precision, p_version text)",
            "integer",
            CLAIM_WORK,
            language="plpgsql",
            volatility="VOLATILE",
        ),
        DefinerFunction(
            "registry_put_print(p_number integer, p_kind text, p_version text, p_print bytea)",
            "boolean",
            PUT_PRINT,
            language="plpgsql",
            volatility="VOLATILE",
        ),
        DefinerFunction(
            "registry_similarity_live(p_number integer, p_kind text, p_version text, p_all boolean)",
            "TABLE (prints uuid[], numbers integer[])",
            LIVE,
        ),
        DefinerFunction(
            "registry_similarity_prints(p_number integer, p_prints uuid[])", "TABLE (id uuid, print bytea)", READ_PRINTS
        ),
        DefinerFunction(
            "registry_outdated(p_subject text, p_kind text, p_version text)",
            "TABLE (track_id uuid, work_id uuid)",
            OUTDATED,
        ),
        DefinerFunction("registry_activate_work(p_work uuid)", "integer", ACTIVATE_WORK, volatility="VOLATILE"),
        DefinerFunction(
            "registry_entry_of_work(p_work uuid)",
            "TABLE (number integer, state text, score_id uuid, digest text)",
            ENTRY_OF_WORK,
        ),
        DefinerFunction(
            "registry_layout(p_number integer)",
            "TABLE (segments integer[], sizes bigint[], fresh integer[], hidden integer[], numbers integer[], "
            "durations double precision[])",
            LAYOUT,
        ),
        DefinerFunction(
            "registry_pair_of(p_number integer, p_other integer)",
            "uuid",
            PAIR,
            language="plpgsql",
            volatility="VOLATILE",
        ),
        migrations.RunSQL("DROP FUNCTION registry_disclose(integer, integer[])", migrations.RunSQL.noop),
        DefinerFunction(
            "registry_disclose(p_number integer, p_numbers integer[])",
            "TABLE (entry integer, title text, artist text, organisation text, contact text, registered boolean, "
            "shares_excerpts boolean, duration_s double precision, already_ours boolean, own_track uuid, subject text, "
            "own_work uuid)",
            DISCLOSE,
        ),
    ]
