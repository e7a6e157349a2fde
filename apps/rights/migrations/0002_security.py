from django.db import migrations

from apps.tenancy.operations import DefinerFunction, SecureTenantTable

CALLER = "nullif(current_setting('app.organisation_id', true), '')::uuid"
TITLE = "coalesce(nullif(t.public_title, ''), CASE WHEN t.version = '' THEN t.title ELSE t.title || ' (' || t.version || ')' END)"
ARTIST = "coalesce(nullif(t.public_artist, ''), t.artist_line)"

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
    given uuid;
    known boolean;
    job uuid := gen_random_uuid();
BEGIN
    SELECT q.* INTO ours FROM registry_pair p JOIN registry_entry q ON q.number = p.query_number
    WHERE p.id = p_pair AND q.organisation_id = caller;
    SELECT o.* INTO theirs FROM registry_pair p JOIN registry_entry o ON o.number = p.other_number
    WHERE p.id = p_pair;
    IF ours.number IS NULL THEN
        RAISE EXCEPTION 'Only matches of the bound organisation can be delivered.' USING ERRCODE = 'RG002';
    END IF;
    IF theirs.organisation_id = caller OR theirs.state = 'withdrawn' THEN
        RETURN NULL;
    END IF;
    SELECT {TITLE}, {ARTIST} INTO title, artist FROM catalog_track t WHERE t.id = ours.track_id;
    SELECT g.* INTO organisation FROM tenancy_organisation g WHERE g.id = caller;
    SELECT g.slug INTO other_slug FROM tenancy_organisation g WHERE g.id = theirs.organisation_id;
    SELECT t.title INTO other_title FROM catalog_track t WHERE t.id = theirs.track_id;
    SELECT EXISTS (
        SELECT 1 FROM rights_match m WHERE m.organisation_id = theirs.organisation_id AND m.pair_id = p_pair
    ) INTO known;
    INSERT INTO rights_match (
        id, created_at, updated_at, organisation_id, track_id, check_run_id, pair_id, direction, state, other_state,
        already_ours, other_track_id, other_title, other_artist, other_organisation, other_contact, other_registered,
        other_shares_excerpts, other_duration_s, kind, alterations, score, chance_probability, tempo_ratio,
        pitch_semitones, own_share, other_share)
    VALUES (
        gen_random_uuid(), now(), now(), theirs.organisation_id, theirs.track_id, NULL, p_pair, 'incoming', 'open',
        'open', false, NULL, title, artist, organisation.public_name, organisation.contact_route,
        ours.state = 'active', organisation.share_excerpts, ours.duration_s, p_found ->> 'kind',
        ARRAY(SELECT jsonb_array_elements_text(p_found -> 'alterations')), (p_found ->> 'score')::float8,
        (p_found ->> 'chance_probability')::float8, (p_found ->> 'tempo_ratio')::float8,
        (p_found ->> 'pitch_semitones')::float8, (p_found ->> 'own_share')::float8, (p_found ->> 'other_share')::float8)
    ON CONFLICT (organisation_id, pair_id) DO UPDATE SET
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
    VALUES (gen_random_uuid(), now(), now(), theirs.organisation_id, NULL, 'match.incoming',
        'A check of %(organisation)s found that “%(other_title)s” is similar to your “%(title)s”.',
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
# side only sees whether our track is registered by now.
TELL = f"""
DECLARE
    caller uuid := {CALLER};
    ours registry_entry;
    theirs registry_entry;
    target rights_match;
    title text;
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
    WHERE organisation_id = theirs.organisation_id AND pair_id = p_pair
    RETURNING * INTO target;
    IF target.id IS NULL THEN
        RETURN false;
    END IF;
    SELECT {TITLE} INTO title FROM catalog_track t WHERE t.id = ours.track_id;
    SELECT g.public_name INTO public_name FROM tenancy_organisation g WHERE g.id = caller;
    SELECT g.slug INTO other_slug FROM tenancy_organisation g WHERE g.id = theirs.organisation_id;
    SELECT t.title INTO other_title FROM catalog_track t WHERE t.id = theirs.track_id;
    INSERT INTO accounts_notification (id, created_at, updated_at, organisation_id, recipient_id, kind, text, params, link)
    VALUES (gen_random_uuid(), now(), now(), theirs.organisation_id, NULL, 'match.' || p_state, sentence,
        jsonb_build_object('organisation', public_name, 'other_title', title, 'title', other_title),
        replace(replace(p_link, '{{slug}}', other_slug), '{{match}}', target.id::text));
    RETURN true;
END
"""

# Where the other side's recording lies, for a worker that cuts the aligned stretch; only when that side lets others
# hear matching excerpts, or is the caller itself.
EXCERPT_SOURCE = f"""
SELECT a.storage_key
FROM registry_pair p
JOIN registry_entry q ON q.number = p.query_number
JOIN registry_entry o ON o.number = p.other_number
JOIN registry_entry other ON other.number = CASE WHEN q.organisation_id = {CALLER} THEN o.number ELSE q.number END
JOIN tenancy_organisation g ON g.id = other.organisation_id
JOIN catalog_audioasset a ON a.id = other.asset_id
WHERE p.id = p_pair
  AND {CALLER} IN (q.organisation_id, o.organisation_id)
  AND (g.share_excerpts OR other.organisation_id = {CALLER})
  AND other.state <> 'withdrawn'
  AND a.deleted_at IS NULL
  AND a.storage_key <> ''
"""

VERIFY = """
SELECT c.code::text, c.registrant_name::text, c.title::text, c.artist::text, c.sha256::text, c.digest::text,
       c.duration_s, r.registered_at, c.issued_at, CASE WHEN c.revoked_at IS NULL THEN r.state ELSE 'withdrawn' END::text
FROM rights_certificate c
JOIN rights_registration r ON r.id = c.registration_id AND r.organisation_id = c.organisation_id
WHERE c.code = p_code
"""


class Migration(migrations.Migration):
    dependencies = [
        ("rights", "0001_initial"),
        ("registry", "0003_maintenance"),
        ("accounts", "0003_security"),
        ("jobs", "0003_redelivery"),
    ]

    operations = [
        SecureTenantTable("Check"),
        SecureTenantTable("Match"),
        SecureTenantTable("MatchSegment"),
        SecureTenantTable("EvidenceFile"),
        SecureTenantTable("Decision"),
        SecureTenantTable("Registration"),
        SecureTenantTable("Certificate"),
        DefinerFunction(
            "rights_deliver_match(p_pair uuid, p_found jsonb, p_link text)",
            "uuid",
            DELIVER,
            language="plpgsql",
            volatility="VOLATILE",
        ),
        DefinerFunction(
            "rights_tell_other_side(p_pair uuid, p_state text, p_link text)",
            "boolean",
            TELL,
            language="plpgsql",
            volatility="VOLATILE",
        ),
        DefinerFunction("rights_excerpt_source(p_pair uuid)", "TABLE (storage_key varchar)", EXCERPT_SOURCE),
        DefinerFunction(
            "rights_verify_certificate(p_code text)",
            "TABLE (code text, registrant text, title text, artist text, sha256 text, digest text, "
            "duration_s double precision, registered_at timestamptz, issued_at timestamptz, state text)",
            VERIFY,
        ),
    ]
