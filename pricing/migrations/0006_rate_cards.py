"""Keep versions of rate cards; let quotes name theirs, and hold set-up work and the units of the fee."""

import django.db.models.deletion
import django.db.models.expressions
import marketplace.operations.core.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('labeling', '0014_already_split'),
        ('pricing', '0005_splitting'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='StoredCard',
            fields=[
                ('id', models.UUIDField(default=marketplace.operations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('card', models.CharField(max_length=64)),
                ('version', models.CharField(max_length=64)),
                ('document', models.JSONField(help_text='docs/rate-cards.md says what it holds')),
                ('sha256', models.CharField(help_text="of the document's canonical JSON", max_length=64)),
                ('created_at', models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='quote',
            name='quote_cap_is_sum',
        ),
        migrations.AddField(
            model_name='quote',
            name='card',
            field=models.CharField(default='', help_text='rate card that all rates are from', max_length=64),
        ),
        migrations.AddField(
            model_name='quote',
            name='card_sha256',
            field=models.CharField(default='', help_text="of the card's canonical JSON", max_length=64),
        ),
        migrations.AddField(
            model_name='quote',
            name='card_version',
            field=models.CharField(default='', max_length=64),
        ),
        migrations.AddField(
            model_name='quote',
            name='fee_units',
            field=models.PositiveBigIntegerField(default=0, help_text="units that the fee's tiers count for this job"),
        ),
        migrations.AddField(
            model_name='quote',
            name='set_up_micros',
            field=models.PositiveBigIntegerField(default=0, help_text="for set-up work of the platform's own"),
        ),
        migrations.AlterField(
            model_name='quote',
            name='fee_ppm',
            field=models.PositiveIntegerField(help_text='fee on what people are paid, in millionths'),
        ),
        migrations.AddConstraint(
            model_name='quote',
            constraint=models.CheckConstraint(condition=models.Q(('cap_micros', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('labour_cap_micros'), '+', models.F('late_reserve_micros')), '+', models.F('gold_reserve_micros')), '+', models.F('review_reserve_micros')), '+', models.F('set_up_micros')), '+', models.F('fee_cap_micros')))), name='quote_cap_is_sum'),
        ),
        migrations.AddField(
            model_name='storedcard',
            name='added_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='storedcard',
            constraint=models.UniqueConstraint(fields=('card', 'version'), name='stored_card_version_once'),
        ),
        migrations.AddConstraint(
            model_name='storedcard',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('card', ''), _negated=True), models.Q(('version', ''), _negated=True)), name='stored_card_named'),
        ),
    ]
