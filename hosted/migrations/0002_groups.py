"""Give the groups their permissions for hosted orders. Groups keep the permissions they have."""

from django.db import migrations

from messaging.mirror.grants import grant

APPS = ("messaging", "hosted")

ORDERS = ["view_hostedorder", "view_ordernumber", "view_hostednumber", "view_messagingprofile"]
DRAFTS = ["add_hostedorder", "change_hostedorder", "delete_hostedorder", "add_ordernumber", "change_ordernumber", "delete_ordernumber"]
SUBMIT = ["submit_hostedorder", "cancel_hostedorder", "change_hostednumber"]
METADATA = ["view_document"]
LOOKS = ["view_documentlook"]

# People who upload can't read what others uploaded, and support sees no documents at all (docs/roles.md).
GROUPS = {
    "operator": ORDERS + DRAFTS + SUBMIT + METADATA + ["upload_document"],
    "compliance": ORDERS + METADATA + LOOKS + ["cancel_hostedorder", "override_eligibility", "download_document"],
    "approver": ORDERS + METADATA + ["override_eligibility"],
    "support": ORDERS,
    "auditor": ORDERS + METADATA + LOOKS,
}


class Migration(migrations.Migration):
    dependencies = [
        ("hosted", "0001_initial"),
        ("messaging", "0001_initial"),
        # The groups and their other permissions come first.
        ("mirror", "0003_sealed_bodies"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(grant(GROUPS, *APPS), migrations.RunPython.noop, elidable=False)]
