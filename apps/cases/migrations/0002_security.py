from django.db import migrations

from apps.tenancy.operations import DefinerFunction, SecureTenantTable

CALLER = "nullif(current_setting('app.organisation_id', true), '')::uuid"

# The one thing that both sides share: whose case it is, where it stands, and the lock under which both act. Nobody who
# logs in may touch it.
CHANNEL = """
CREATE TABLE cases_channel (
    reference text PRIMARY KEY,
    origin text NOT NULL UNIQUE,
    opener_id uuid REFERENCES tenancy_organisation ON DELETE SET NULL,
    answerer_id uuid REFERENCES tenancy_organisation ON DELETE SET NULL,
    state text NOT NULL DEFAULT 'open'
        CHECK (state IN ('open', 'in_discussion', 'agreed', 'declined', 'withdrawn', 'closed')),
    sequence integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN cases_channel.origin IS 'What the case is about; a second case about the same does not come to be.';
COMMENT ON COLUMN cases_channel.sequence IS 'Number of the last entry that both sides have.';
CREATE INDEX cases_channel_opener ON cases_channel (opener_id);
CREATE INDEX cases_channel_answerer ON cases_channel (answerer_id);
REVOKE ALL ON cases_channel FROM PUBLIC, descant_runtime, descant_platform;
GRANT SELECT, INSERT, UPDATE, DELETE ON cases_channel TO descant_registry;
"""

TEXTS = {
    "opened": "%(organisation)s opened a case with you about “%(title)s”.",
    "message": "%(organisation)s wrote in the case about “%(title)s”.",
    "file": "%(organisation)s shared a file in the case about “%(title)s”.",
    "proposal": "%(organisation)s made a proposal in the case about “%(title)s”.",
    "accepted": "%(organisation)s accepted your proposal in the case about “%(title)s”.",
    "proposal_declined": "%(organisation)s declined your proposal in the case about “%(title)s”.",
    "proposal_withdrawn": "%(organisation)s withdrew its proposal in the case about “%(title)s”.",
    "deadline": "%(organisation)s set a deadline in the case about “%(title)s”: %(due)s.",
    "deadline_met": "%(organisation)s marked a deadline as met in the case about “%(title)s”: %(due)s.",
    "deadline_cancelled": "%(organisation)s cancelled a deadline in the case about “%(title)s”: %(due)s.",
    "declined": "%(organisation)s declined the case about “%(title)s”.",
    "withdrawn": "%(organisation)s withdrew its case about “%(title)s”.",
    "closed": "%(organisation)s closed the case about “%(title)s”.",
    "reopened": "%(organisation)s opened the case about “%(title)s” again.",
}
SENTENCE = "CASE p_kind " + " ".join(f"WHEN '{kind}' THEN '{text}'" for kind, text in TEXTS.items()) + " END"

NOTIFY = """
    INSERT INTO accounts_notification (id, created_at, updated_at, organisation_id, recipient_id, kind, text, params, link)
    VALUES (gen_random_uuid(), now(), now(), other, {recipient}, 'case.' || {kind}, {sentence},
        jsonb_build_object('organisation', sender.public_name, 'title', {title}, 'due', {due}),
        replace(replace(p_link, '{{slug}}', (SELECT g.slug FROM tenancy_organisation g WHERE g.id = other)),
                '{{case}}', target::text));
"""
JOB = """
    INSERT INTO jobs_job (
        id, created_at, updated_at, organisation_id, kind, queue, state, progress, message, args, error_code,
        error_message, idempotency_key, attempts, max_attempts, queued_at, subject_type, subject_id)
    VALUES (gen_random_uuid(), now(), now(), other, '{kind}', 'io', 'queued', 0, '', {args}, '', '', {key}, 0, 5,
        now() - interval '1 hour', 'case', target);
"""

# Makes the case of the other side. Who that is follows from the registry, never from the caller; a case about the same
# two recordings that either side opened before is answered instead.
OPEN = f"""
DECLARE
    caller uuid := {CALLER};
    other uuid;
    about text;
    target uuid := gen_random_uuid();
    sender tenancy_organisation;
    moment timestamptz := clock_timestamp();
BEGIN
    SELECT CASE WHEN q.organisation_id = caller THEN o.organisation_id ELSE q.organisation_id END,
           least(coalesce(q.track_id, q.work_id), coalesce(o.track_id, o.work_id))::text || ':'
           || greatest(coalesce(q.track_id, q.work_id), coalesce(o.track_id, o.work_id))::text
    INTO other, about
    FROM registry_pair p
    JOIN registry_entry q ON q.number = p.query_number
    JOIN registry_entry o ON o.number = p.other_number
    WHERE p.id = p_pair AND caller IN (q.organisation_id, o.organisation_id);
    IF other IS NULL OR other = caller THEN
        RAISE EXCEPTION 'Only what the bound organisation found of another one can become a case.' USING ERRCODE = 'RG002';
    END IF;
    INSERT INTO cases_channel (reference, origin, opener_id, answerer_id)
    VALUES (p_reference, about, caller, other) ON CONFLICT (origin) DO NOTHING;
    IF NOT FOUND THEN
        RETURN QUERY SELECT c.reference, false, c.created_at FROM cases_channel c
        WHERE c.origin = about AND caller IN (c.opener_id, c.answerer_id);
        RETURN;
    END IF;
    SELECT g.* INTO sender FROM tenancy_organisation g WHERE g.id = caller;
    INSERT INTO cases_case (
        id, created_at, updated_at, organisation_id, reference, side, state, state_at, reopened, origin, origin_id,
        own_title, own_artist, other_title, other_artist, other_organisation, other_contact, evidence, evidence_sha256,
        digest, frozen_at, assigned_to_id, opened_by_id, latest_at)
    VALUES (
        target, moment, moment, other, p_reference, 'answerer', 'open', moment, 0, p_origin,
        (SELECT m.id FROM rights_match m WHERE m.organisation_id = other AND m.pair_id = p_pair
         ORDER BY m.chance_probability LIMIT 1),
        p_names ->> 'other_title', p_names ->> 'other_artist', p_names ->> 'own_title', p_names ->> 'own_artist',
        sender.public_name, sender.contact_route, p_evidence, encode(sha256(convert_to(p_evidence, 'UTF8')), 'hex'),
        '', NULL, NULL, NULL, moment);
    INSERT INTO cases_entry (
        id, created_at, updated_at, organisation_id, case_id, item, kind, sequence, at, by_us, text, signed, data)
    VALUES (gen_random_uuid(), moment, moment, other, target, p_item, 'opened', 1, moment, false, p_text, p_signed, '{{}}');
    {NOTIFY.format(recipient="NULL", kind="'opened'", sentence="'" + TEXTS["opened"] + "'", title="p_names ->> 'other_title'", due="''")}
    {JOB.format(kind="cases.freeze", args="jsonb_build_object('case_id', target)", key="target::text || ':1'")}
    RETURN QUERY SELECT p_reference, true, moment;
END
"""

# Both sides act under this lock, so that what one reads of its own rows after taking it is what both agree on.
HOLD = f"""
SELECT c.state, c.opener_id IS NULL OR c.answerer_id IS NULL
FROM cases_channel c WHERE c.reference = p_reference AND {CALLER} IN (c.opener_id, c.answerer_id)
FOR UPDATE
"""

# Writes one entry, and what it brings about, into the rows of the other side. The same item again changes nothing and
# answers as before. Names come from here; the rest is what the caller chose to send.
SEND = f"""
DECLARE
    caller uuid := {CALLER};
    channel cases_channel;
    other uuid;
    target uuid;
    assigned uuid;
    about text;
    zone text;
    sender tenancy_organisation;
    moment timestamptz := clock_timestamp();
    given integer;
    v_proposal uuid;
    v_file uuid;
    v_deadline uuid;
    due timestamptz;
    sentence text := {SENTENCE};
BEGIN
    SELECT c.* INTO channel FROM cases_channel c
    WHERE c.reference = p_reference AND caller IN (c.opener_id, c.answerer_id) FOR UPDATE;
    IF channel.reference IS NULL OR sentence IS NULL OR p_kind = 'opened' THEN
        RAISE EXCEPTION 'Only entries of a case of the bound organisation can be sent.' USING ERRCODE = 'RG002';
    END IF;
    other := CASE WHEN channel.opener_id = caller THEN channel.answerer_id ELSE channel.opener_id END;
    SELECT k.id, k.assigned_to_id, k.own_title INTO target, assigned, about FROM cases_case k
    WHERE k.organisation_id = other AND k.reference = p_reference FOR UPDATE;
    IF target IS NULL THEN
        RAISE EXCEPTION 'The other side of this case is gone.' USING ERRCODE = 'RG003';
    END IF;
    SELECT e.sequence, e.at INTO given, moment FROM cases_entry e
    WHERE e.organisation_id = other AND e.case_id = target AND e.item = p_item;
    IF FOUND THEN
        RETURN QUERY SELECT given, moment;
        RETURN;
    END IF;
    moment := clock_timestamp();
    UPDATE cases_channel c SET sequence = c.sequence + 1, state = coalesce(p_state, c.state)
    WHERE c.reference = p_reference RETURNING c.sequence INTO given;
    SELECT g.* INTO sender FROM tenancy_organisation g WHERE g.id = caller;
    SELECT g.time_zone INTO zone FROM tenancy_organisation g WHERE g.id = other;

    IF p_payload ? 'answers' THEN
        -- In the other side's rows its own proposals are by_us: those alone can be accepted, declined or countered.
        UPDATE cases_proposal p SET state = p_payload ->> 'becomes', answered_at = moment, updated_at = moment
        WHERE p.organisation_id = other AND p.case_id = target AND p.item = (p_payload ->> 'answers')::uuid
          AND p.state = 'open' AND p.by_us = (p_payload ->> 'becomes' <> 'withdrawn')
        RETURNING p.id INTO v_proposal;
        IF v_proposal IS NULL THEN
            RAISE EXCEPTION 'Only an open proposal can be answered.' USING ERRCODE = 'RG004';
        END IF;
        UPDATE cases_deadline d
        SET state = CASE p_payload ->> 'becomes' WHEN 'withdrawn' THEN 'cancelled' ELSE 'met' END, updated_at = moment
        WHERE d.organisation_id = other AND d.proposal_id = v_proposal AND d.state = 'open';
    END IF;
    IF p_payload ? 'proposal' THEN
        v_proposal := gen_random_uuid();
        INSERT INTO cases_proposal (
            id, created_at, updated_at, organisation_id, case_id, item, by_us, kind, state, fee_minor, currency, starts_on,
            ends_on, territory, credit_line, share_percent, take_down_on, text, signed, author_id, counters, made_at)
        SELECT v_proposal, moment, moment, other, target, r.item, false, r.kind, 'open', r.fee_minor, r.currency,
               r.starts_on, r.ends_on, r.territory, r.credit_line, r.share_percent, r.take_down_on, r.text, r.signed, NULL,
               r.counters, moment
        FROM jsonb_to_record(p_payload -> 'proposal') AS r (
            item uuid, kind text, fee_minor bigint, currency text, starts_on date, ends_on date, territory text,
            credit_line text, share_percent numeric, take_down_on date, text text, signed text, counters uuid);
    END IF;
    IF p_payload ? 'file' THEN
        v_file := gen_random_uuid();
        INSERT INTO cases_casefile (
            id, created_at, updated_at, organisation_id, case_id, item, by_us, shared_at, state, filename, media_type,
            size_bytes, sha256, storage_key, author_id)
        SELECT v_file, moment, moment, other, target, r.item, false, moment, 'arriving', r.filename, r.media_type,
               r.size_bytes, r.sha256, '', NULL
        FROM jsonb_to_record(p_payload -> 'file') AS r (
            item uuid, filename text, media_type text, size_bytes bigint, sha256 text);
        {JOB.format(kind="cases.receive_file", args="jsonb_build_object('file_id', v_file)", key="v_file::text")}
    END IF;
    IF p_payload ? 'deadline' THEN
        v_deadline := gen_random_uuid();
        INSERT INTO cases_deadline (
            id, created_at, updated_at, organisation_id, case_id, item, set_by_us, for_us, for_them, due_at, text, state,
            proposal_id, set_at)
        SELECT v_deadline, moment, moment, other, target, r.item, false, r.for_them, r.for_us, r.due_at, r.text, 'open',
               v_proposal, moment
        FROM jsonb_to_record(p_payload -> 'deadline') AS r (
            item uuid, for_us boolean, for_them boolean, due_at timestamptz, text text);
    END IF;
    IF p_payload ? 'settles' THEN
        UPDATE cases_deadline d SET state = p_payload ->> 'outcome', updated_at = moment
        WHERE d.organisation_id = other AND d.case_id = target AND d.item = (p_payload ->> 'settles')::uuid
          AND NOT d.set_by_us
        RETURNING d.id INTO v_deadline;
    END IF;
    IF p_payload ? 'ends' THEN
        UPDATE cases_proposal p SET state = 'lapsed', answered_at = moment, updated_at = moment
        WHERE p.organisation_id = other AND p.case_id = target AND p.state = 'open';
        UPDATE cases_deadline d SET state = 'cancelled', updated_at = moment
        WHERE d.organisation_id = other AND d.case_id = target AND d.state = 'open';
    END IF;
    SELECT d.due_at INTO due FROM cases_deadline d WHERE d.organisation_id = other AND d.id = v_deadline;

    INSERT INTO cases_entry (
        id, created_at, updated_at, organisation_id, case_id, item, kind, sequence, at, by_us, text, signed, data,
        author_id, proposal_id, file_id, deadline_id)
    VALUES (gen_random_uuid(), moment, moment, other, target, p_item, p_kind, given, moment, false,
        coalesce(p_payload ->> 'text', ''), coalesce(p_payload ->> 'signed', ''), coalesce(p_payload -> 'data', '{{}}'),
        NULL, v_proposal, v_file, v_deadline);
    UPDATE cases_case k
    SET state = coalesce(p_state, k.state), latest_at = moment, updated_at = moment,
        state_at = CASE WHEN p_state IS NULL OR p_state = k.state THEN k.state_at ELSE moment END,
        other_organisation = sender.public_name, other_contact = sender.contact_route
    WHERE k.id = target AND k.organisation_id = other;
    {
    NOTIFY.format(
        recipient="assigned",
        kind="p_kind",
        sentence="sentence",
        title="about",
        due="coalesce(to_char(due AT TIME ZONE zone, 'YYYY-MM-DD HH24:MI') || ' ' || zone, '')",
    )
}
    RETURN QUERY SELECT given, moment;
END
"""

# Where a shared file lies on its sender's side, for the job that copies it.
FILE_SOURCE = f"""
SELECT f.storage_key
FROM cases_channel c
JOIN cases_case k ON k.reference = c.reference
    AND k.organisation_id = CASE WHEN c.opener_id = {CALLER} THEN c.answerer_id ELSE c.opener_id END
JOIN cases_casefile f ON f.organisation_id = k.organisation_id AND f.case_id = k.id
WHERE c.reference = p_reference AND {CALLER} IN (c.opener_id, c.answerer_id)
  AND f.item = p_item AND f.by_us AND f.shared_at IS NOT NULL AND f.state = 'stored' AND f.storage_key <> ''
"""

# Organisations with something to do for the clockwork; nothing but their ids.
DUE = """
SELECT d.organisation_id FROM cases_deadline d
WHERE d.state = 'open' AND (d.due_at <= now() OR (
    d.reminded_at IS NULL AND d.due_at - least(interval '48 hours', (d.due_at - d.set_at) / 2) <= now()))
UNION
SELECT k.organisation_id FROM cases_case k WHERE k.frozen_at IS NULL AND k.created_at < now() - interval '1 minute'
UNION
SELECT x.organisation_id FROM cases_caseexport x WHERE x.created_at < now() - interval '7 days'
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0001_initial"),
        ("rights", "0004_facets_security"),
        ("registry", "0005_similarity"),
        ("accounts", "0004_notification_reads"),
        ("jobs", "0003_redelivery"),
    ]

    operations = [
        SecureTenantTable("Case"),
        SecureTenantTable("Exhibit"),
        SecureTenantTable("Proposal"),
        SecureTenantTable("CaseFile"),
        SecureTenantTable("Deadline"),
        SecureTenantTable("Entry"),
        SecureTenantTable("CaseRead"),
        SecureTenantTable("CaseExport"),
        migrations.RunSQL(CHANNEL, "DROP TABLE cases_channel"),
        DefinerFunction(
            "cases_open(p_reference text, p_origin text, p_pair uuid, p_names jsonb, p_evidence text, p_item uuid, p_text text, "
            "p_signed text, p_link text)",
            "TABLE (case_reference text, is_new boolean, opened_at timestamptz)",
            OPEN,
            language="plpgsql",
            volatility="VOLATILE",
        ),
        DefinerFunction(
            "cases_hold(p_reference text)", "TABLE (case_state text, is_alone boolean)", HOLD, volatility="VOLATILE"
        ),
        DefinerFunction(
            "cases_send(p_reference text, p_item uuid, p_kind text, p_payload jsonb, p_state text, p_link text)",
            "TABLE (entry_sequence integer, entry_at timestamptz)",
            SEND,
            language="plpgsql",
            volatility="VOLATILE",
        ),
        DefinerFunction("cases_file_source(p_reference text, p_item uuid)", "TABLE (storage_key text)", FILE_SOURCE),
        DefinerFunction("cases_due()", "TABLE (organisation_id uuid)", DUE),
    ]
