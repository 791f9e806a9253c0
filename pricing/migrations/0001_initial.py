
import django.db.models.deletion
import django.db.models.expressions
import marketplace.operations.core.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('labeling', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Quote',
            fields=[
                ('id', models.UUIDField(default=marketplace.operations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('currency', models.CharField(max_length=3)),
                ('pay_micros', models.PositiveBigIntegerField(help_text='for one answer')),
                ('effort_s', models.FloatField(help_text='seconds one answer takes')),
                ('expected_micros', models.PositiveBigIntegerField(help_text='with the answers that are expected')),
                ('cap_micros', models.PositiveBigIntegerField(help_text='with every answer that may be bought; never exceeded')),
                ('labour_cap_micros', models.PositiveBigIntegerField()),
                ('late_reserve_micros', models.PositiveBigIntegerField()),
                ('fee_cap_micros', models.PositiveBigIntegerField()),
                ('fee_ppm', models.PositiveIntegerField(help_text='fee on what is spent, in millionths')),
                ('lines', models.JSONField()),
                ('assumptions', models.JSONField()),
                ('sha256', models.CharField(help_text='of the canonical JSON of all of the above', max_length=64)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('job', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='quotes', to='labeling.labelingjob')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('expected_micros__lte', models.F('cap_micros'))), name='quote_expected_within_cap'), models.CheckConstraint(condition=models.Q(('cap_micros', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('labour_cap_micros'), '+', models.F('late_reserve_micros')), '+', models.F('fee_cap_micros')))), name='quote_cap_is_sum')],
            },
        ),
    ]
