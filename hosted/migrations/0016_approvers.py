from django.db import migrations

from messaging.mirror.grants import grant

GROUPS = {"approver": ["approve_hostedorder"]}


class Migration(migrations.Migration):

    dependencies = [
        ("hosted", "0015_approvals"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="hostedorder",
            options={
                "ordering": ["-created_at"],
                "permissions": [
                    ("submit_hostedorder", "Can submit hosted orders to Telnyx"),
                    ("cancel_hostedorder", "Can cancel hosted orders at Telnyx"),
                    ("approve_hostedorder", "Can approve hosted orders of others"),
                    ("override_eligibility", "Can order numbers that Telnyx calls not eligible"),
                ],
                "verbose_name": "hosted order",
                "verbose_name_plural": "hosted orders",
            },
        ),
        migrations.RunPython(grant(GROUPS, "hosted"), migrations.RunPython.noop, elidable=False),
    ]
