"""Quotes carry what the job will cost and when it is done, with chances; what became of them is kept."""

import django.db.models.deletion
from django.db import migrations, models

from marketplace.operations.core.immutable import forbid_changes


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_invitations'),
        ('labeling', '0014_already_split'),
        ('pricing', '0011_forecasts_append_only'),
    ]

    operations = [
        migrations.CreateModel(
            name='QuoteOutcome',
            fields=[
                ('quote', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='outcome', serialize=False, to='pricing.quote')),
                ('annotation_type', models.CharField(choices=[('image_classification', 'Image Classification'), ('multi_label_classification', 'Multi Label Classification'), ('bounding_box', 'Bounding Box'), ('rotated_box', 'Rotated Box'), ('polygon', 'Polygon'), ('polyline', 'Polyline'), ('keypoints', 'Keypoints'), ('point', 'Point'), ('ellipse', 'Ellipse'), ('cuboid_2d', 'Cuboid 2D'), ('cuboid_3d', 'Cuboid 3D'), ('instance_segmentation', 'Instance Segmentation'), ('semantic_segmentation', 'Semantic Segmentation'), ('panoptic_segmentation', 'Panoptic Segmentation')], max_length=32)),
                ('charged_micros', models.PositiveBigIntegerField(help_text='pay and fee')),
                ('n_tasks', models.PositiveIntegerField(help_text='whose labels were bought')),
                ('n_answers', models.PositiveIntegerField(help_text='counted')),
                ('accuracy', models.FloatField(help_text='of an answer, as consensus has it; null where nobody tells', null=True)),
                ('place', models.FloatField(help_text="where the charge fell in the quote's simulated costs, 0 to 1", null=True)),
                ('ended_at', models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name='quote',
            name='cost_basis',
            field=models.JSONField(default=dict, help_text='what P50 and P90 rest on'),
        ),
        migrations.AddField(
            model_name='quote',
            name='cost_p50_micros',
            field=models.PositiveBigIntegerField(help_text='as likely exceeded as not', null=True),
        ),
        migrations.AddField(
            model_name='quote',
            name='cost_p90_micros',
            field=models.PositiveBigIntegerField(help_text='not exceeded in nine cases of ten', null=True),
        ),
        migrations.AddField(
            model_name='quote',
            name='finish_p50_s',
            field=models.FloatField(help_text='seconds from publication to the last label, as of now', null=True),
        ),
        migrations.AddField(
            model_name='quote',
            name='finish_p85_s',
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name='quote',
            name='finish_p95_s',
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name='quote',
            name='simulated_costs',
            field=models.JSONField(default=list, help_text='[level, micro-units] of the simulated costs, before they were corrected by outcomes'),
        ),
        migrations.AddConstraint(
            model_name='quote',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('cost_p50_micros__isnull', True), ('cost_p90_micros__isnull', True)), models.Q(('cost_p50_micros__lte', models.F('cost_p90_micros')), ('cost_p90_micros__lte', models.F('cap_micros'))), _connector='OR'), name='quote_costs_within_cap'),
        ),
        migrations.AddConstraint(
            model_name='quote',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('finish_p50_s__isnull', True), ('finish_p85_s__isnull', True), ('finish_p95_s__isnull', True)), models.Q(('finish_p50_s__lte', models.F('finish_p85_s')), ('finish_p85_s__lte', models.F('finish_p95_s'))), _connector='OR'), name='quote_finish_in_order'),
        ),
        migrations.AddField(
            model_name='quoteoutcome',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organization'),
        ),
        migrations.AddIndex(
            model_name='quoteoutcome',
            index=models.Index(fields=['annotation_type', '-ended_at'], name='outcome_latest'),
        ),
        migrations.AddConstraint(
            model_name='quoteoutcome',
            constraint=models.CheckConstraint(condition=models.Q(('place__isnull', True), models.Q(('place__gte', 0), ('place__lte', 1)), _connector='OR'), name='outcome_place'),
        ),
        migrations.AddConstraint(
            model_name='quoteoutcome',
            constraint=models.CheckConstraint(condition=models.Q(('accuracy__isnull', True), models.Q(('accuracy__gte', 0), ('accuracy__lte', 1)), _connector='OR'), name='outcome_accuracy'),
        ),
        migrations.RunSQL(*forbid_changes("pricing_quoteoutcome")),
    ]
