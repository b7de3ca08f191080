"""A transfer that nobody has seen needs us, so it is in the indexes of what does."""

import django.db.models.functions.comparison
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('hosted', '0018_changed_elsewhere'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='hostedorder',
            name='hostedorder_list',
        ),
        migrations.RemoveIndex(
            model_name='hostedorder',
            name='hostedorder_with',
        ),
        migrations.RemoveIndex(
            model_name='hostedorder',
            name='hostedorder_due',
        ),
        migrations.RemoveIndex(
            model_name='hostedorder',
            name='hostedorder_undated',
        ),
        migrations.AddIndex(
            model_name='hostedorder',
            index=models.Index(models.OrderBy(models.Case(models.When(kept_stage__in=['decision', 'approval', 'papers_approval', 'refused', 'campaigns', 'partly', 'check_again', 'provider_refused', 'transfer_rejected', 'failed', 'review_failed', 'transfer_unseen', 'some_failed', 'both_refused', 'letter_refused', 'bill_refused', 'incomplete', 'codes', 'documents'], then=models.Value(0)), default=models.Value(1))), models.OrderBy(models.F('created_at'), descending=True), name='hostedorder_list'),
        ),
        migrations.AddIndex(
            model_name='hostedorder',
            index=models.Index(models.F('assigned_to'), models.OrderBy(models.Case(models.When(kept_stage__in=['decision', 'approval', 'papers_approval', 'refused', 'campaigns', 'partly', 'check_again', 'provider_refused', 'transfer_rejected', 'failed', 'review_failed', 'transfer_unseen', 'some_failed', 'both_refused', 'letter_refused', 'bill_refused', 'incomplete', 'codes', 'documents'], then=models.Value(0)), default=models.Value(1))), models.OrderBy(models.F('created_at'), descending=True), name='hostedorder_with'),
        ),
        migrations.AddIndex(
            model_name='hostedorder',
            index=models.Index(models.OrderBy(django.db.models.functions.comparison.Coalesce('remote_status_at', 'created_at', output_field=models.DateTimeField())), models.OrderBy(models.F('id')), condition=models.Q(('kept_stage__in', ['decision', 'approval', 'papers_approval', 'refused', 'campaigns', 'partly', 'check_again', 'provider_refused', 'transfer_rejected', 'failed', 'review_failed', 'transfer_unseen', 'some_failed', 'both_refused', 'letter_refused', 'bill_refused', 'incomplete', 'codes', 'documents']), ('kept_stage__in', ('papers_approval', 'both_refused', 'letter_refused', 'bill_refused', 'incomplete', 'codes', 'documents')), ('remote_status', models.F('known_status'))), name='hostedorder_due'),
        ),
        migrations.AddIndex(
            model_name='hostedorder',
            index=models.Index(models.OrderBy(django.db.models.functions.comparison.Coalesce('remote_status_at', 'created_at', output_field=models.DateTimeField())), models.OrderBy(models.F('id')), condition=models.Q(('kept_stage__in', ['decision', 'approval', 'papers_approval', 'refused', 'campaigns', 'partly', 'check_again', 'provider_refused', 'transfer_rejected', 'failed', 'review_failed', 'transfer_unseen', 'some_failed', 'both_refused', 'letter_refused', 'bill_refused', 'incomplete', 'codes', 'documents']), models.Q(('kept_stage__in', ('papers_approval', 'both_refused', 'letter_refused', 'bill_refused', 'incomplete', 'codes', 'documents')), ('remote_status', models.F('known_status')), _negated=True)), name='hostedorder_undated'),
        ),
    ]
