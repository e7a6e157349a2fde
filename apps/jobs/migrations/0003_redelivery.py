import django.utils.timezone
from django.db import migrations, models

from apps.tenancy.operations import DefinerFunction

# Queued jobs that no broker took, queued ones that a broker may have lost, and running ones whose worker is silent.
# The wait before a redelivery doubles: a long queue must not be filled with repetitions.
DUE = """
SELECT j.id, j.organisation_id FROM jobs_job j
WHERE (j.state = 'queued' AND j.published_at IS NULL AND j.queued_at < now() - make_interval(secs => republish_s))
   OR (j.state = 'queued' AND j.published_at IS NOT NULL
       AND j.published_at < now() - greatest(make_interval(secs => redeliver_s), j.published_at - j.queued_at))
   OR (j.state = 'running' AND j.heartbeat_at < now() - make_interval(secs => stale_s))
ORDER BY j.queued_at
LIMIT 500
"""


class Migration(migrations.Migration):
    dependencies = [("jobs", "0002_security")]

    operations = [
        migrations.AddField("job", "queued_at", models.DateTimeField(default=django.utils.timezone.now)),
        migrations.RunSQL("DROP FUNCTION jobs_due(double precision, double precision)", migrations.RunSQL.noop),
        DefinerFunction(
            "jobs_due(stale_s double precision, republish_s double precision, redeliver_s double precision)",
            "TABLE (job_id uuid, organisation_id uuid)",
            DUE,
        ),
    ]
