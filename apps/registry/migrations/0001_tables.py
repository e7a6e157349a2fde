from django.db import migrations

# The registry is searched across organisations, so its tables stand outside row-level security and nobody who logs in
# may touch them: only functions of descant_registry do (see 0002_functions).
TABLES = """
CREATE TABLE registry_segment (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('building', 'live', 'retired')),
    sources integer[] NOT NULL DEFAULT '{}',
    dropped integer[] NOT NULL DEFAULT '{}',
    next_bucket integer NOT NULL DEFAULT 0,
    tracks integer NOT NULL DEFAULT 0,
    bytes bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    live_at timestamptz,
    retired_at timestamptz
);
COMMENT ON TABLE registry_segment IS 'An immutable part of the index. Readers see the live ones; a merge builds one and flips.';
COMMENT ON COLUMN registry_segment.dropped IS 'Withdrawn entries whose postings the merge leaves out.';
COMMENT ON COLUMN registry_segment.next_bucket IS 'How far a building segment has come; a killed merge goes on from here.';

CREATE TABLE registry_block (
    segment_id integer NOT NULL,
    bucket integer NOT NULL,
    block bytea NOT NULL,
    PRIMARY KEY (segment_id, bucket)
);
COMMENT ON TABLE registry_block IS 'Postings of 64 consecutive hashes in one segment (codec: ml.fingerprint.blocks).';
-- Variable-length integers don't compress further; trying costs time.
ALTER TABLE registry_block ALTER COLUMN block SET STORAGE EXTERNAL;

CREATE TABLE registry_entry (
    number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organisation_id uuid NOT NULL,
    track_id uuid NOT NULL,
    asset_id uuid NOT NULL,
    sha256 text NOT NULL,
    digest text NOT NULL,
    duration_s double precision NOT NULL,
    postings integer NOT NULL,
    extractor_version text NOT NULL,
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'active', 'withdrawn')),
    segment_id integer REFERENCES registry_segment,
    purged boolean NOT NULL DEFAULT false,
    claimed_at timestamptz NOT NULL DEFAULT now(),
    activated_at timestamptz,
    withdrawn_at timestamptz
);
COMMENT ON COLUMN registry_entry.number IS 'Given out in the order in which claims commit: the lower number was first.';
COMMENT ON COLUMN registry_entry.segment_id IS 'Where the postings are; none: not in a segment yet, so they are made from the peaks.';
COMMENT ON COLUMN registry_entry.purged IS 'Withdrawn, and the postings are gone from the index.';
CREATE UNIQUE INDEX registry_entry_once ON registry_entry (organisation_id, track_id) WHERE state <> 'withdrawn';
CREATE INDEX registry_entry_track ON registry_entry (track_id);
CREATE INDEX registry_entry_fresh ON registry_entry (number) WHERE segment_id IS NULL AND NOT purged;
CREATE INDEX registry_entry_hidden ON registry_entry (segment_id) WHERE state = 'withdrawn' AND NOT purged;
CREATE INDEX registry_entry_segment ON registry_entry (segment_id);

CREATE TABLE registry_peaks (
    number integer PRIMARY KEY REFERENCES registry_entry,
    peaks bytea NOT NULL
);
COMMENT ON TABLE registry_peaks IS 'Stored peaks of every entry; those of fresh entries also stand for their postings.';
ALTER TABLE registry_peaks ALTER COLUMN peaks SET STORAGE EXTERNAL;

CREATE TABLE registry_pair (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    query_number integer NOT NULL REFERENCES registry_entry,
    other_number integer NOT NULL REFERENCES registry_entry,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (query_number, other_number)
);
COMMENT ON TABLE registry_pair IS 'Two entries that matched; the random id is all that either side knows of the pair.';
CREATE INDEX registry_pair_other ON registry_pair (other_number);

CREATE TABLE registry_lease (
    name text PRIMARY KEY,
    holder uuid NOT NULL,
    until timestamptz NOT NULL
);
COMMENT ON TABLE registry_lease IS 'Who does the maintenance now; it lapses by itself when the holder dies.';
"""

NAMES = ("lease", "pair", "peaks", "entry", "block", "segment")
CLOSE = "\n".join(
    f"REVOKE ALL ON registry_{name} FROM PUBLIC, descant_runtime, descant_platform;"
    f"GRANT SELECT, INSERT, UPDATE, DELETE ON registry_{name} TO descant_registry;"
    for name in NAMES
) + "\n".join(
    f"REVOKE ALL ON SEQUENCE registry_{table} FROM PUBLIC, descant_runtime, descant_platform;"
    for table in ("segment_id_seq", "entry_number_seq")
)
DROP = "\n".join(f"DROP TABLE registry_{name};" for name in NAMES)


class Migration(migrations.Migration):
    initial = True

    dependencies = [("tenancy", "0002_security")]

    operations = [migrations.RunSQL(TABLES, DROP), migrations.RunSQL(CLOSE, migrations.RunSQL.noop)]
