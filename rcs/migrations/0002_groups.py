"""Give the groups their permissions for RCS. Groups keep the permissions they have."""

from django.db import migrations

from messaging.mirror.grants import grant

VIEW = ["view_rcsagent", "view_capability", "view_capabilitycheck", "view_testinvite"]
CHANGE = ["change_rcsagent", "add_capabilitycheck", "add_testinvite", "add_deeplink"]

# Operators change agents and ask Telnyx; the others only view (docs/roles.md).
GROUPS = {
    "operator": VIEW + CHANGE,
    "compliance": VIEW,
    "approver": VIEW,
    "support": VIEW,
    "auditor": VIEW,
}


class Migration(migrations.Migration):
    dependencies = [
        ("rcs", "0001_initial"),
        # The groups come first.
        ("tollfree", "0002_groups"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(grant(GROUPS, "rcs"), migrations.RunPython.noop, elidable=False)]
