"""Orders may begin with a part of their assets."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0006_top_ups_are_append_only'),
        ('pricing', '0012_cost_intervals'),
    ]

    operations = [
        migrations.CreateModel(
            name='Pilot',
            fields=[
                ('order', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='pilot', serialize=False, to='orders.order')),
                ('share', models.FloatField(help_text='of the assets, .01 to .05')),
                ('added_micros', models.PositiveBigIntegerField(default=0, help_text='funded with the go, beside the first cap')),
                ('ended_at', models.DateTimeField(null=True)),
                ('passed_at', models.DateTimeField(help_text='when the requester said go', null=True)),
                ('first_quote', models.ForeignKey(help_text='what was funded', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='pricing.quote')),
                ('requote', models.ForeignKey(help_text='from what was measured', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='pricing.quote')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('share__gte', 0.01), ('share__lte', 0.05)), name='pilot_share'), models.CheckConstraint(condition=models.Q(('passed_at__isnull', True), models.Q(('ended_at__isnull', False), ('requote__isnull', False)), _connector='OR'), name='pilot_ended_before_go'), models.CheckConstraint(condition=models.Q(('added_micros', 0), ('passed_at__isnull', False), _connector='OR'), name='pilot_adds_only_with_go')],
            },
        ),
    ]
