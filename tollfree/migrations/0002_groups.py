"""Create the five groups with their permissions. Existing groups keep their permissions and gain these."""

from django.db import migrations

from messaging.mirror.grants import grant

DRAFTS = ["add_verificationrequest", "change_verificationrequest"]
SUBMIT = ["submit_verificationrequest"]
REMOVE = ["delete_verificationrequest", "delete_remote_verificationrequest"]
VIEW = ["view_verificationrequest", "view_outboxentry", "view_attempt", "view_statuschange"]
# What Telnyx sends may contain anything, so support staff can't read it (docs/roles.md).
EVENTS = ["view_webhookevent"]
# People who may submit may also retry, and decide what happened to an unclear request.
DECIDE = ["retry_outboxentry", "resolve_outboxentry"]

GROUPS = {
    "compliance": VIEW + EVENTS + DRAFTS + SUBMIT + REMOVE + DECIDE,
    "approver": VIEW + EVENTS + SUBMIT + DECIDE,
    "operator": VIEW + EVENTS + DRAFTS,
    "support": VIEW,
    "auditor": VIEW + EVENTS,
}


class Migration(migrations.Migration):
    dependencies = [
        ("tollfree", "0001_initial"),
        ("mirror", "0002_guards"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(grant(GROUPS, "mirror", "tollfree"), migrations.RunPython.noop, elidable=False)]
