"""An index of the orders that are done, newest first, for the notices about them."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("hosted", "0019_unseen_transfers")]

    operations = [
        migrations.AddIndex(
            "hostedorder",
            models.Index(
                fields=["-remote_status_at"],
                name="hostedorder_done",
                condition=models.Q(kept_stage__in=["partly_done", "live"]),
            ),
        )
    ]
