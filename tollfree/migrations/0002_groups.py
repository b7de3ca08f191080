"""Create the five groups of people with their permissions. Groups that exist keep what they have and gain these."""

from django.db import migrations

from messaging.mirror.grants import grant

DRAFTS = ["add_verificationrequest", "change_verificationrequest"]
SUBMIT = ["submit_verificationrequest"]
REMOVE = ["delete_verificationrequest", "delete_remote_verificationrequest"]
VIEW = ["view_verificationrequest", "view_outboxentry", "view_attempt", "view_statuschange"]
# What Telnyx sent may hold anything, so support staff do not read it (docs/roles.md).
EVENTS = ["view_webhookevent"]
# Retrying and deciding what became of an unclear request belong to those who may submit.
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
