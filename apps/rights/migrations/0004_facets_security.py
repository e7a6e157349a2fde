from django.db import migrations

from apps.tenancy.operations import AddCompositeKey, DefinerFunction, SecureTenantTable

CALLER = "nullif(current_setting('app.organisation_id', true), '')::uuid"

# What an entry's organisation publishes of it, as (title, artist): of a track, or of a work.
NAMES = """
SELECT coalesce(
           nullif(t.public_title, ''), CASE WHEN t.version = '' THEN t.title ELSE t.title || ' (' || t.version || ')' END,
           nullif(w.public_title, ''), CASE WHEN w.subtitle = '' THEN w.title ELSE w.title || ' (' || w.subtitle || ')' END),
       coalesce(nullif(t.public_artist, ''), t.artist_line, nullif(w.public_composer, ''), w.composer_line)
INTO title, artist
FROM (SELECT 1) one
LEFT JOIN catalog_track t ON t.id = ours.track_id
LEFT JOIN catalog_work w ON w.id = ours.work_id
"""
THEIR_TITLE = """
SELECT coalesce(t.title, w.title) INTO other_title FROM (SELECT 1) one
LEFT JOIN catalog_track t ON t.id = theirs.track_id
LEFT JOIN catalog_work w ON w.id = theirs.work_id
"""

# Writes a match that our check found into the other organisation's tables, with what we publish and nothing else:
# names come from here, only figures come from the caller. A repeat refreshes the names and tells nobody again.
DELIVER = f"""
DECLARE
    caller uuid := {CALLER};
    ours registry_entry;
    theirs registry_entry;
    title text;
    artist text;
    organisation tenancy_organisation;
    other_slug text;
    other_title text;
    sentence text;
    given uuid;
    known boolean;
    job uuid := gen_random_uuid();
BEGIN
    SELECT e.* INTO ours FROM registry_pair p JOIN registry_entry e ON e.number IN (p.query_number, p.other_number)
    WHERE p.id = p_pair AND e.organisation_id = caller ORDER BY e.number = p.query_number DESC LIMIT 1;
    IF ours.number IS NULL THEN
        RAISE EXCEPTION 'Only matches of the bound organisation can be delivered.' USING ERRCODE = 'RG002';
    END IF;
    SELECT e.* INTO theirs FROM registry_pair p JOIN registry_entry e ON e.number IN (p.query_number, p.other_number)
    WHERE p.id = p_pair AND e.number <> ours.number;
    IF theirs.organisation_id = caller OR theirs.state = 'withdrawn' THEN
        RETURN NULL;
    END IF;
    sentence := CASE p_facet
        WHEN 'recording' THEN 'A check of %(organisation)s found that “%(other_title)s” is similar to your “%(title)s”.'
        WHEN 'cover' THEN 'A check of %(organisation)s found that the music of “%(other_title)s” is similar to that of your “%(title)s”.'
        WHEN 'melody' THEN 'A check of %(organisation)s found that the melody of “%(other_title)s” is similar to that of your “%(title)s”.'
    END;
    IF sentence IS NULL THEN
        RAISE EXCEPTION 'Unknown facet of a match.' USING ERRCODE = 'RG002';
    END IF;
    {NAMES};
    {THEIR_TITLE};
    SELECT g.* INTO organisation FROM tenancy_organisation g WHERE g.id = caller;
    SELECT g.slug INTO other_slug FROM tenancy_organisation g WHERE g.id = theirs.organisation_id;
    SELECT EXISTS (
        SELECT 1 FROM rights_match m
        WHERE m.organisation_id = theirs.organisation_id AND m.pair_id = p_pair AND m.facet = p_facet
    ) INTO known;
    INSERT INTO rights_match (
        id, created_at, updated_at, organisation_id, track_id, work_id, check_run_id, pair_id, facet, direction, state,
        other_state, already_ours, other_kind, other_track_id, other_work_id, other_title, other_artist,
        other_organisation, other_contact, other_registered, other_shares_excerpts, other_duration_s, kind, alterations,
        score, chance_probability, tempo_ratio, pitch_semitones, own_share, other_share, version, threshold, detail)
    VALUES (
        gen_random_uuid(), now(), now(), theirs.organisation_id, theirs.track_id, theirs.work_id, NULL, p_pair, p_facet,
        'incoming', 'open', 'open', false, ours.subject, NULL, NULL, title, artist, organisation.public_name,
        organisation.contact_route, ours.state = 'active', organisation.share_excerpts, ours.duration_s,
        p_found ->> 'kind', ARRAY(SELECT jsonb_array_elements_text(p_found -> 'alterations')),
        (p_found ->> 'score')::float8, (p_found ->> 'chance_probability')::float8, (p_found ->> 'tempo_ratio')::float8,
        (p_found ->> 'pitch_semitones')::float8, (p_found ->> 'own_share')::float8, (p_found ->> 'other_share')::float8,
        coalesce(p_found ->> 'version', ''), (p_found ->> 'threshold')::float8, coalesce(p_found -> 'detail', '{{}}'))
    ON CONFLICT (organisation_id, pair_id, facet) DO UPDATE SET
        other_title = excluded.other_title, other_artist = excluded.other_artist,
        other_organisation = excluded.other_organisation, other_contact = excluded.other_contact,
        other_registered = excluded.other_registered, other_shares_excerpts = excluded.other_shares_excerpts,
        updated_at = now()
    RETURNING id INTO given;
    IF known THEN
        RETURN given;
    END IF;
    INSERT INTO rights_matchsegment (
        id, created_at, updated_at, organisation_id, match_id, position, own_start_s, own_end_s, other_start_s,
        other_end_s, tempo_ratio, pitch_semitones, confidence, score)
    SELECT gen_random_uuid(), now(), now(), theirs.organisation_id, given, s.position, s.own_start_s, s.own_end_s,
           s.other_start_s, s.other_end_s, s.tempo_ratio, s.pitch_semitones, s.confidence, s.score
    FROM jsonb_to_recordset(p_found -> 'segments') AS s (
        position smallint, own_start_s float8, own_end_s float8, other_start_s float8, other_end_s float8,
        tempo_ratio float8, pitch_semitones float8, confidence float8, score float8);
    INSERT INTO accounts_notification (id, created_at, updated_at, organisation_id, recipient_id, kind, text, params, link)
    VALUES (gen_random_uuid(), now(), now(), theirs.organisation_id, NULL, 'match.incoming', sentence,
        jsonb_build_object('organisation', organisation.public_name, 'other_title', title, 'title', other_title),
        replace(replace(p_link, '{{slug}}', other_slug), '{{match}}', given::text));
    INSERT INTO jobs_job (
        id, created_at, updated_at, organisation_id, kind, queue, state, progress, message, args, error_code,
        error_message, idempotency_key, attempts, max_attempts, queued_at, subject_type, subject_id)
    VALUES (job, now(), now(), theirs.organisation_id, 'rights.evidence', 'cpu', 'queued', 0, '',
        jsonb_build_object('match_id', given), '', '', given::text, 0, 5, now() - interval '1 hour', 'match', given);
    RETURN given;
END
"""

# Tells the other side what we decided, again with published names only. Without a state nobody is notified: the other
# side only sees whether ours is registered by now.
TELL = f"""
DECLARE
    caller uuid := {CALLER};
    ours registry_entry;
    theirs registry_entry;
    target rights_match;
    title text;
    artist text;
    other_slug text;
    other_title text;
    public_name text;
    sentence text;
BEGIN
    SELECT e.* INTO ours FROM registry_pair p JOIN registry_entry e ON e.number IN (p.query_number, p.other_number)
    WHERE p.id = p_pair AND e.organisation_id = caller LIMIT 1;
    SELECT e.* INTO theirs FROM registry_pair p JOIN registry_entry e ON e.number IN (p.query_number, p.other_number)
    WHERE p.id = p_pair AND e.organisation_id <> caller LIMIT 1;
    IF ours.number IS NULL OR theirs.number IS NULL THEN
        RETURN false;
    END IF;
    IF p_state IS NULL THEN
        UPDATE rights_match SET other_registered = (ours.state = 'active'), updated_at = now()
        WHERE organisation_id = theirs.organisation_id AND pair_id = p_pair;
        RETURN FOUND;
    END IF;
    sentence := CASE p_state
        WHEN 'own_or_licensed' THEN '%(organisation)s says that its “%(other_title)s”, similar to your “%(title)s”, is its own or licensed.'
        WHEN 'disputed' THEN '%(organisation)s disputes the match of its “%(other_title)s” with your “%(title)s”.'
        WHEN 'withdrawn' THEN '%(organisation)s withdrew its “%(other_title)s”, which is similar to your “%(title)s”.'
        WHEN 'open' THEN '%(organisation)s took back its decision about “%(other_title)s”, similar to your “%(title)s”.'
    END;
    IF sentence IS NULL THEN
        RAISE EXCEPTION 'Unknown state of a match.' USING ERRCODE = 'RG002';
    END IF;
    UPDATE rights_match SET other_state = p_state, other_registered = (ours.state = 'active'), updated_at = now()
    WHERE organisation_id = theirs.organisation_id AND pair_id = p_pair AND facet = p_facet
    RETURNING * INTO target;
    IF target.id IS NULL THEN
        RETURN false;
    END IF;
    {NAMES};
    {THEIR_TITLE};
    SELECT g.public_name INTO public_name FROM tenancy_organisation g WHERE g.id = caller;
    SELECT g.slug INTO other_slug FROM tenancy_organisation g WHERE g.id = theirs.organisation_id;
    INSERT INTO accounts_notification (id, created_at, updated_at, organisation_id, recipient_id, kind, text, params, link)
    VALUES (gen_random_uuid(), now(), now(), theirs.organisation_id, NULL, 'match.' || p_state, sentence,
        jsonb_build_object('organisation', public_name, 'other_title', title, 'title', other_title),
        replace(replace(p_link, '{{slug}}', other_slug), '{{match}}', target.id::text));
    RETURN true;
END
"""

VERIFY = """
SELECT c.code::text, c.registrant_name::text, c.title::text, c.artist::text, c.sha256::text, c.digest::text,
       c.duration_s, r.registered_at, c.issued_at, CASE WHEN c.revoked_at IS NULL THEN r.state ELSE 'withdrawn' END::text,
       c.subject_kind::text
FROM rights_certificate c
JOIN rights_registration r ON r.id = c.registration_id AND r.organisation_id = c.organisation_id
WHERE c.code = p_code
"""

# Organisations with something that was checked long ago and never registered: only their ids leave the database.
STALE = """
SELECT DISTINCT c.organisation_id FROM rights_check c
LEFT JOIN catalog_track t ON t.id = c.track_id AND t.organisation_id = c.organisation_id
LEFT JOIN catalog_work w ON w.id = c.work_id AND w.organisation_id = c.organisation_id
WHERE c.state = 'done' AND c.finished_at < now() - make_interval(secs => p_older)
  AND coalesce(t.status, w.status) IN ('clear', 'conflict') AND coalesce(t.deleted_at, w.deleted_at) IS NULL
"""

OLD = (
    "DROP FUNCTION rights_deliver_match(uuid, jsonb, text);"
    "DROP FUNCTION rights_tell_other_side(uuid, text, text);"
    "DROP FUNCTION rights_verify_certificate(text);"
)


class Migration(migrations.Migration):
    dependencies = [("rights", "0003_facets"), ("registry", "0005_similarity")]

    operations = [
        SecureTenantTable("Recheck"),
        AddCompositeKey("Check", "work"),
        AddCompositeKey("Check", "score"),
        AddCompositeKey("Check", "previous"),
        AddCompositeKey("Check", "recheck"),
        AddCompositeKey("Match", "work"),
        AddCompositeKey("Match", "other_work"),
        AddCompositeKey("Registration", "work"),
        migrations.RunSQL(OLD, migrations.RunSQL.noop),
        DefinerFunction(
            "rights_deliver_match(p_pair uuid, p_facet text, p_found jsonb, p_link text)",
            "uuid",
            DELIVER,
            language="plpgsql",
            volatility="VOLATILE",
        ),
        DefinerFunction(
            "rights_tell_other_side(p_pair uuid, p_facet text, p_state text, p_link text)",
            "boolean",
            TELL,
            language="plpgsql",
            volatility="VOLATILE",
        ),
        DefinerFunction(
            "rights_verify_certificate(p_code text)",
            "TABLE (code text, registrant text, title text, artist text, sha256 text, digest text, "
            "duration_s double precision, registered_at timestamptz, issued_at timestamptz, state text, "
            "subject_kind text)",
            VERIFY,
        ),
        DefinerFunction("rights_stale_claims(p_older double precision)", "TABLE (organisation_id uuid)", STALE),
    ]
