"""The registrations of RCS brands and agents."""

import django.core.validators
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from messaging.mirror.grants import grant

# See docs/roles.md.
KINDS = ("rcsbrand", "rcsagentregistration")
VIEW = [f"view_{kind}" for kind in KINDS]
WORK = [f"{act}_{kind}" for act in ("add", "change", "submit") for kind in KINDS]
GROUPS = {
    "compliance": VIEW,
    "approver": VIEW,
    "operator": VIEW + WORK,
    "support": VIEW,
    "auditor": VIEW,
}


class Migration(migrations.Migration):

    dependencies = [
        ('rcs', '0010_changed_elsewhere'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='RcsAgentRegistration',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='last edited')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('sync_state', models.CharField(choices=[('draft', 'Draft'), ('queued', 'Queued'), ('sending', 'Sending'), ('accepted', 'Received by Telnyx'), ('refused', 'Refused by Telnyx'), ('unsure', 'Checking with Telnyx')], default='draft', editable=False, max_length=10, verbose_name='our side')),
                ('remote_id', models.CharField(editable=False, max_length=100, null=True, unique=True, verbose_name='Telnyx ID')),
                ('remote_status', models.CharField(blank=True, editable=False, max_length=200, verbose_name='status at Telnyx')),
                ('known_status', models.CharField(blank=True, editable=False, max_length=200)),
                ('remote_reason', models.TextField(blank=True, editable=False, verbose_name='reason given by Telnyx')),
                ('remote_status_at', models.DateTimeField(editable=False, null=True, verbose_name='status since')),
                ('remote_data', models.JSONField(default=dict, editable=False, verbose_name='what Telnyx holds')),
                ('remote_as_of', models.DateTimeField(editable=False, null=True, verbose_name='as of')),
                ('gone_at', models.DateTimeField(editable=False, null=True, verbose_name='no longer at Telnyx since')),
                ('next_poll_at', models.DateTimeField(editable=False, null=True)),
                ('poll_because', models.CharField(choices=[('api', 'Answer to our request'), ('webhook', 'Webhook'), ('fetched', 'Webhook that never reached us, fetched from Telnyx'), ('sync', 'Found by polling'), ('person', 'Requested by a person')], default='sync', editable=False, max_length=10)),
                ('awaited', models.CharField(blank=True, editable=False, max_length=10)),
                ('closed_at', models.DateTimeField(editable=False, null=True, verbose_name='closed')),
                ('brand_remote_id', models.CharField(blank=True, help_text="Whose agent it is. It can't be changed later.", max_length=100, verbose_name='brand')),
                ('display_name', models.CharField(help_text='What people see above the conversation: 40 characters.', max_length=40, verbose_name='agent name')),
                ('use_case', models.CharField(blank=True, choices=[('TRANSACTIONAL', 'Updates about orders, appointments and accounts'), ('PROMOTIONAL', 'Offers and promotions'), ('OTP', 'Sign-in codes'), ('MULTI_USE', 'Several of these')], help_text='Carriers hold its messages to it.', max_length=20, verbose_name='what it sends')),
                ('messaging_profile_id', models.CharField(blank=True, help_text="If empty, the brand's is used.", max_length=36, verbose_name='messaging profile')),
                ('hosting_region', models.CharField(blank=True, help_text='Only if Telnyx named one to you; it publishes no list.', max_length=32, verbose_name='hosting region')),
                ('description', models.CharField(blank=True, help_text='What the agent is for, in up to 100 characters. People can read it.', max_length=100, verbose_name='description')),
                ('logo_url', models.TextField(blank=True, help_text='The public address of a square picture; phones show it as a circle.', validators=[django.core.validators.RegexValidator('(?i)^https?://\\S+\\Z', 'Type the whole address, beginning with https://')], verbose_name='logo')),
                ('hero_url', models.TextField(blank=True, help_text="The public address of the wide picture on the agent's page.", validators=[django.core.validators.RegexValidator('(?i)^https?://\\S+\\Z', 'Type the whole address, beginning with https://')], verbose_name='banner')),
                ('brand_color', models.CharField(blank=True, help_text='Of buttons and marks, such as #123456.', max_length=7, validators=[django.core.validators.RegexValidator('^#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})\\Z', 'Type a color such as #123456, with three or six digits.')], verbose_name='color')),
                ('privacy_policy_url', models.TextField(blank=True, help_text='Its public address.', validators=[django.core.validators.RegexValidator('(?i)^https?://\\S+\\Z', 'Type the whole address, beginning with https://')], verbose_name='privacy policy')),
                ('terms_and_conditions_url', models.TextField(blank=True, help_text='Their public address.', validators=[django.core.validators.RegexValidator('(?i)^https?://\\S+\\Z', 'Type the whole address, beginning with https://')], verbose_name='terms and conditions')),
                ('phone_number', models.CharField(blank=True, help_text='Where people can call the business.', max_length=40, verbose_name='phone number')),
                ('phone_label', models.CharField(blank=True, help_text='Such as Support.', max_length=25, verbose_name='name of the phone number')),
                ('website_url', models.TextField(blank=True, help_text='Where people find out more.', validators=[django.core.validators.RegexValidator('(?i)^https?://\\S+\\Z', 'Type the whole address, beginning with https://')], verbose_name='website')),
                ('website_label', models.CharField(blank=True, help_text='Such as Our store.', max_length=25, verbose_name='name of the website')),
                ('email_address', models.CharField(blank=True, help_text='Where people can write to the business.', max_length=254, validators=[django.core.validators.RegexValidator('^[^@\\s]+@[^@\\s]+\\.[^@\\s]+\\Z', 'Type a whole email address.')], verbose_name='email address')),
                ('email_label', models.CharField(blank=True, help_text='Such as Support.', max_length=25, verbose_name='name of the email address')),
                ('created_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='created by')),
            ],
            options={
                'verbose_name': 'registration of an RCS agent',
                'verbose_name_plural': 'registrations of RCS agents',
                'ordering': ['display_name', 'pk'],
                'permissions': [('submit_rcsagentregistration', 'Can submit RCS agents to Telnyx and launch them')],
                'abstract': False,
                'default_permissions': ('add', 'change', 'view'),
                'indexes': [models.Index(condition=models.Q(('next_poll_at__isnull', False)), fields=['next_poll_at'], name='rcsagentregistration_poll')],
            },
        ),
        migrations.CreateModel(
            name='RcsBrand',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='last edited')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('sync_state', models.CharField(choices=[('draft', 'Draft'), ('queued', 'Queued'), ('sending', 'Sending'), ('accepted', 'Received by Telnyx'), ('refused', 'Refused by Telnyx'), ('unsure', 'Checking with Telnyx')], default='draft', editable=False, max_length=10, verbose_name='our side')),
                ('remote_id', models.CharField(editable=False, max_length=100, null=True, unique=True, verbose_name='Telnyx ID')),
                ('remote_status', models.CharField(blank=True, editable=False, max_length=200, verbose_name='status at Telnyx')),
                ('known_status', models.CharField(blank=True, editable=False, max_length=200)),
                ('remote_reason', models.TextField(blank=True, editable=False, verbose_name='reason given by Telnyx')),
                ('remote_status_at', models.DateTimeField(editable=False, null=True, verbose_name='status since')),
                ('remote_data', models.JSONField(default=dict, editable=False, verbose_name='what Telnyx holds')),
                ('remote_as_of', models.DateTimeField(editable=False, null=True, verbose_name='as of')),
                ('gone_at', models.DateTimeField(editable=False, null=True, verbose_name='no longer at Telnyx since')),
                ('next_poll_at', models.DateTimeField(editable=False, null=True)),
                ('poll_because', models.CharField(choices=[('api', 'Answer to our request'), ('webhook', 'Webhook'), ('fetched', 'Webhook that never reached us, fetched from Telnyx'), ('sync', 'Found by polling'), ('person', 'Requested by a person')], default='sync', editable=False, max_length=10)),
                ('awaited', models.CharField(blank=True, editable=False, max_length=10)),
                ('closed_at', models.DateTimeField(editable=False, null=True, verbose_name='closed')),
                ('display_name', models.CharField(help_text='What people know the business by.', max_length=100, verbose_name='brand name')),
                ('legal_name', models.CharField(blank=True, help_text='Exactly as in the papers of its registration, such as the letter with its EIN.', max_length=100, verbose_name='legal name')),
                ('legal_entity_type', models.CharField(blank=True, choices=[('LIMITED_LIABILITY_COMPANY', 'Limited liability company (LLC)'), ('CORPORATION', 'Corporation'), ('S_CORPORATION', 'S corporation'), ('PARTNERSHIP', 'Partnership'), ('SOLE_PROPRIETORSHIP', 'Sole proprietorship')], help_text='What it is by law.', max_length=40, verbose_name='legal form')),
                ('organization_type', models.CharField(blank=True, choices=[('PRIVATE_PROFIT', 'Private company'), ('PUBLIC_PROFIT', 'Company listed on a stock exchange'), ('NON_PROFIT', 'Nonprofit'), ('GOVERNMENT', 'Government'), ('UNKNOWN', 'Other or unknown')], help_text='A company listed on a stock exchange also needs its stock symbol.', max_length=40, verbose_name='kind of organization')),
                ('website_url', models.TextField(blank=True, help_text='Reviewers open it. It must be public and show the same business.', validators=[django.core.validators.RegexValidator('(?i)^https?://\\S+\\Z', 'Type the whole address, beginning with https://')], verbose_name='website')),
                ('messaging_profile_id', models.CharField(blank=True, help_text='Agents of this brand use it unless they name their own.', max_length=36, verbose_name='messaging profile')),
                ('ein', models.CharField(blank=True, help_text='The number the IRS gave the business: nine digits.', max_length=20, validators=[django.core.validators.RegexValidator('^(?:[0-9]{9}|[0-9]{2}-[0-9]{7})\\Z', 'An EIN has nine digits, such as 12-3456789.')], verbose_name='EIN')),
                ('stock_symbol', models.CharField(blank=True, help_text='Only for a company listed on a stock exchange: exchange and symbol, such as NASDAQ:ACME.', max_length=255, validators=[django.core.validators.RegexValidator('^[^\\s:]+:\\S+\\Z', 'Type the exchange and the symbol with a colon, such as NASDAQ:ACME.')], verbose_name='stock symbol')),
                ('address_line_1', models.CharField(blank=True, help_text='The registered address.', max_length=255, verbose_name='street and number')),
                ('address_line_2', models.CharField(blank=True, help_text='Suite or floor, if there is one.', max_length=255, verbose_name='second line')),
                ('city', models.CharField(blank=True, help_text='Of the registered address.', max_length=100, verbose_name='city')),
                ('administrative_area', models.CharField(blank=True, help_text='Such as IL.', max_length=100, verbose_name='state or region')),
                ('postal_code', models.CharField(blank=True, help_text='Such as 60601.', max_length=32, verbose_name='ZIP code')),
                ('country_code', models.CharField(blank=True, default='US', help_text='Two letters, such as US.', max_length=2, validators=[django.core.validators.RegexValidator('^[A-Z]{2}\\Z', 'Type the two capital letters of the country, such as US.')], verbose_name='country')),
                ('contact_first_name', models.CharField(blank=True, help_text='Somebody who can answer for the business.', max_length=100, verbose_name='first name')),
                ('contact_last_name', models.CharField(blank=True, help_text='Of the same person.', max_length=100, verbose_name='last name')),
                ('contact_title', models.CharField(blank=True, help_text='May stay empty.', max_length=100, verbose_name='job title')),
                ('contact_email', models.CharField(blank=True, help_text="An address at the business's own domain looks best to reviewers.", max_length=254, validators=[django.core.validators.RegexValidator('^[^@\\s]+@[^@\\s]+\\.[^@\\s]+\\Z', 'Type a whole email address.')], verbose_name='email address')),
                ('contact_phone', models.CharField(blank=True, help_text='Where this person can be reached.', max_length=40, verbose_name='phone number')),
                ('created_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='created by')),
            ],
            options={
                'verbose_name': 'RCS brand',
                'verbose_name_plural': 'RCS brands',
                'ordering': ['display_name', 'pk'],
                'permissions': [('submit_rcsbrand', 'Can submit RCS brands to Telnyx')],
                'abstract': False,
                'default_permissions': ('add', 'change', 'view'),
                'indexes': [models.Index(condition=models.Q(('next_poll_at__isnull', False)), fields=['next_poll_at'], name='rcsbrand_poll')],
            },
        ),
        migrations.RunPython(grant(GROUPS, "rcs"), migrations.RunPython.noop, elidable=False),
    ]
