from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cronofy_sandbox", "0002_event_lookup_index")]

    operations = [
        # Snapshots live for ten minutes: older ones need no conversion.
        migrations.RunSQL("DELETE FROM cronofy_sandbox_readsnapshot", migrations.RunSQL.noop),
        migrations.RemoveField("readsnapshot", "event_ids"),
        migrations.AddField("readsnapshot", "event_keys", models.BinaryField(default=b""), preserve_default=False),
    ]
