"""Create the five groups of people with their permissions. Groups that exist keep what they have and gain these."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

DRAFTS = ["add_verificationrequest", "change_verificationrequest"]
SUBMIT = ["submit_verificationrequest"]
REMOVE = ["delete_verificationrequest", "delete_remote_verificationrequest"]
VIEW = ["view_verificationrequest", "view_outboxentry", "view_attempt", "view_statuschange"]
# What Telnyx sent may hold anything, so support staff do not read it (reliability 5.4).
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


def create_groups(apps, schema_editor):
    # Django creates permissions after all migrations; the groups need them now.
    for label in ("mirror", "tollfree"):
        app = apps.get_app_config(label)
        app.models_module = True
        create_permissions(app, apps=apps, verbosity=0, using=schema_editor.connection.alias)
        app.models_module = None
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    for name, codenames in GROUPS.items():
        group, _ = Group.objects.get_or_create(name=name)
        permissions = Permission.objects.filter(
            content_type__app_label__in=["mirror", "tollfree"], codename__in=codenames
        )
        if len(permissions) != len(codenames):
            raise RuntimeError(f"Some permissions of the group {name} do not exist.")
        group.permissions.add(*permissions)


class Migration(migrations.Migration):
    dependencies = [
        ("tollfree", "0001_initial"),
        ("mirror", "0002_guards"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(create_groups, migrations.RunPython.noop, elidable=False)]
