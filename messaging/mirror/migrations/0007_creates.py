"""Several kinds of request may make a record of one kind: their names begin with "create"."""

from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from messaging.mirror.building import OnlyInState


class Migration(migrations.Migration):

    dependencies = [
        ('contenttypes', '0002_remove_content_type_name'),
        ('mirror', '0006_recovery_and_retention'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='outboxentry',
            name='one_create_per_remote',
        ),
        migrations.RemoveConstraint(
            model_name='outboxentry',
            name='accepted_create_has_remote_id',
        ),
        OnlyInState(
            migrations.AddConstraint(
                model_name='outboxentry',
                constraint=models.UniqueConstraint(condition=models.Q(('operation__startswith', 'create'), ('remote_id__isnull', False)), fields=('resource_type', 'remote_id'), name='one_create_per_remote'),
            ),
        ),
        AddConstraintNotValid(
            model_name='outboxentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('operation__startswith', 'create'), ('state', 'accepted'), _negated=True), ('remote_id__isnull', False), _connector='OR'), name='accepted_create_has_remote_id'),
        ),
    ]
