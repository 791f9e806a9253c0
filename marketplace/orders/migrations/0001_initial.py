
import django.db.models.deletion
import marketplace.operations.core.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('labeling', '0001_initial'),
        ('operations', '0001_initial'),
        ('pricing', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Order',
            fields=[
                ('id', models.UUIDField(default=marketplace.operations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('quoted', 'Quoted'), ('funded', 'Funded'), ('published', 'Published'), ('settled', 'Settled'), ('cancelled', 'Cancelled'), ('expired', 'Expired')], default='draft', max_length=16)),
                ('currency', models.CharField(default='USD', max_length=3)),
                ('funded_micros', models.PositiveBigIntegerField(default=0)),
                ('paid_micros', models.PositiveBigIntegerField(help_text='to workers; known when settled', null=True)),
                ('fee_micros', models.PositiveBigIntegerField(help_text='to the platform; known when settled', null=True)),
                ('refunded_micros', models.PositiveBigIntegerField(help_text='back to prepaid; known when settled', null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('funded_at', models.DateTimeField(null=True)),
                ('published_at', models.DateTimeField(null=True)),
                ('settled_at', models.DateTimeField(null=True)),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('job', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='order', to='labeling.labelingjob')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='accounts.organization')),
                ('publish_operation', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='operations.operation')),
                ('quote', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='pricing.quote')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'quoted', 'funded', 'published', 'settled', 'cancelled', 'expired'])), name='order_state_known'), models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'cancelled', 'expired']), ('quote__isnull', False), _connector='OR'), name='order_quoted')],
            },
        ),
    ]
