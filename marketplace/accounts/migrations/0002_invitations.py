
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
import marketplace.operations.core.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.UUIDField(default=marketplace.operations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('email', models.CharField(max_length=254)),
                ('role', models.CharField(choices=[('requester', 'Requester'), ('manager', 'Manager'), ('reviewer', 'Reviewer'), ('worker', 'Worker')], max_length=16)),
                ('state', models.CharField(choices=[('pending', 'Pending'), ('accepted', 'Accepted'), ('declined', 'Declined'), ('withdrawn', 'Withdrawn'), ('expired', 'Expired')], default='pending', max_length=16)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('expires_at', models.DateTimeField()),
                ('invited_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='invitations', to='accounts.organization')),
            ],
            options={
                'indexes': [models.Index(fields=['email'], name='invitation_email')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'pending')), fields=('organization', 'email', 'role'), name='invitation_once_while_pending'), models.CheckConstraint(condition=models.Q(('role__in', ['requester', 'manager', 'reviewer', 'worker'])), name='invitation_role_is_known'), models.CheckConstraint(condition=models.Q(('state__in', ['pending', 'accepted', 'declined', 'withdrawn', 'expired'])), name='invitation_state_is_known'), models.CheckConstraint(condition=models.Q(('email', django.db.models.functions.text.Lower('email'))), name='invitation_email_is_lower_case')],
            },
        ),
    ]
