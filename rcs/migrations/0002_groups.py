"""Give the groups of people what they may do with RCS. They keep what they have."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

VIEW = ["view_rcsagent", "view_capability", "view_capabilitycheck", "view_testinvite"]
CHANGE = ["change_rcsagent", "add_capabilitycheck", "add_testinvite", "add_deeplink"]

# Operators change agents and ask Telnyx; the others look (reliability 5.4).
GROUPS = {
    "operator": VIEW + CHANGE,
    "compliance": VIEW,
    "approver": VIEW,
    "support": VIEW,
    "auditor": VIEW,
}


def extend_groups(apps, schema_editor):
    # Django creates permissions after all migrations; the groups need them now.
    app = apps.get_app_config("rcs")
    app.models_module = True
    create_permissions(app, apps=apps, verbosity=0, using=schema_editor.connection.alias)
    app.models_module = None
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    for name, codenames in GROUPS.items():
        group, _ = Group.objects.get_or_create(name=name)
        permissions = Permission.objects.filter(content_type__app_label="rcs", codename__in=codenames)
        if len(permissions) != len(codenames):
            raise RuntimeError(f"Some permissions of the group {name} do not exist.")
        group.permissions.add(*permissions)


class Migration(migrations.Migration):
    dependencies = [
        ("rcs", "0001_initial"),
        # The groups come first.
        ("tollfree", "0002_groups"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(extend_groups, migrations.RunPython.noop, elidable=False)]
