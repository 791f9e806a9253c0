
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Stream',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('type', models.CharField(choices=[('job', 'Job'), ('order', 'Order'), ('organization', 'Organization')], max_length=16)),
                ('subject_id', models.UUIDField()),
                ('seq', models.PositiveBigIntegerField(default=0, help_text='of the latest event')),
                ('counters', models.JSONField(default=dict)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('type', 'subject_id'), name='stream_once'), models.CheckConstraint(condition=models.Q(('type__in', ['job', 'order', 'organization'])), name='stream_type_known')],
            },
        ),
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('seq', models.PositiveBigIntegerField(help_text='1, 2, 3 ... within the stream, in commit order', null=True)),
                ('type', models.CharField(max_length=64)),
                ('data', models.JSONField()),
                ('deltas', models.JSONField(default=dict, help_text="added to the stream's counters")),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('stream', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='live.stream')),
            ],
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('consumer', models.CharField(max_length=64)),
                ('due_at', models.DateTimeField(help_text='not to be sent (again) before')),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('last_error', models.TextField(blank=True)),
                ('done_at', models.DateTimeField(null=True)),
                ('event', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='live.event')),
                ('stream', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='live.stream')),
            ],
            options={
                'verbose_name_plural': 'deliveries',
            },
        ),
        migrations.AddConstraint(
            model_name='event',
            constraint=models.UniqueConstraint(fields=('stream', 'seq'), name='event_seq_once'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(models.F('due_at'), condition=models.Q(('done_at__isnull', True)), name='delivery_due'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(models.F('stream'), condition=models.Q(('done_at__isnull', True)), name='delivery_pending'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.UniqueConstraint(fields=('event', 'consumer'), name='delivery_once'),
        ),
    ]
