"""What people did is dated by PostgreSQL: the retention goes by it, and the clock of a web process may be years off."""

from django.db import migrations

from . import _sql

UNDO = """
DROP TRIGGER dated_here ON django_admin_log;
DROP FUNCTION mirror_dated_here();
"""


class Migration(migrations.Migration):

    dependencies = [
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("mirror", "0012_record_views"),
    ]

    operations = [migrations.RunSQL(_sql.DATED_HERE, UNDO)]
