from django.db import migrations

from apps.tenancy.operations import DefinerFunction, SecureTenantTable

# Housekeeping goes through all organisations; only their ids leave the database.
WATCHING = "SELECT DISTINCT f.organisation_id FROM monitoring_watchedfolder f WHERE f.enabled"
DIGEST_DUE = """
SELECT DISTINCT a.organisation_id FROM monitoring_alert a
JOIN monitoring_watchlist w ON w.id = a.watchlist_id AND w.organisation_id = a.organisation_id
WHERE a.mailed_at IS NULL AND w.digest
"""
PURGEABLE = """
SELECT DISTINCT r.organisation_id FROM monitoring_longrecording r
WHERE r.deleted_at < now() - make_interval(secs => p_age)
"""


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0001_initial"), ("registry", "0004_listeners")]

    operations = [
        SecureTenantTable("MonitoringSource"),
        SecureTenantTable("WatchedFolder"),
        SecureTenantTable("LongRecording"),
        SecureTenantTable("FetchedObject"),
        SecureTenantTable("RecordingChunk"),
        SecureTenantTable("Cue"),
        SecureTenantTable("CueCorrection"),
        SecureTenantTable("WatchList"),
        SecureTenantTable("WatchItem"),
        SecureTenantTable("Alert"),
        SecureTenantTable("DayCount"),
        DefinerFunction("monitoring_watching()", "TABLE (organisation_id uuid)", WATCHING),
        DefinerFunction("monitoring_digest_due()", "TABLE (organisation_id uuid)", DIGEST_DUE),
        DefinerFunction("monitoring_purgeable(p_age double precision)", "TABLE (organisation_id uuid)", PURGEABLE),
    ]
