from django.db import migrations

from messaging.mirror.grants import grant

GROUPS = {"approver": ["resubmit_verified"]}


class Migration(migrations.Migration):

    dependencies = [
        ("tollfree", "0011_team"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="verificationrequest",
            options={
                "ordering": ["-created_at"],
                "permissions": [
                    ("submit_verificationrequest", "Can submit toll-free verifications to Telnyx"),
                    ("delete_remote_verificationrequest", "Can delete toll-free verifications at Telnyx"),
                    ("resubmit_verified", "Can submit verified numbers again"),
                ],
                "verbose_name": "toll-free verification",
                "verbose_name_plural": "toll-free verifications",
            },
        ),
        migrations.RunPython(grant(GROUPS, "tollfree"), migrations.RunPython.noop, elidable=False),
    ]
