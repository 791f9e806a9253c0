"""Keep what was measured of the seconds of each type of annotation, and of the looks of snapshots."""

import django.db.models.deletion
import marketplace.operations.core.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('labeling', '0014_already_split'),
        ('pricing', '0007_immutable_cards'),
    ]

    operations = [
        migrations.CreateModel(
            name='EffortModel',
            fields=[
                ('id', models.UUIDField(default=marketplace.operations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('annotation_type', models.CharField(choices=[('image_classification', 'Image Classification'), ('multi_label_classification', 'Multi Label Classification'), ('bounding_box', 'Bounding Box'), ('rotated_box', 'Rotated Box'), ('polygon', 'Polygon'), ('polyline', 'Polyline'), ('keypoints', 'Keypoints'), ('point', 'Point'), ('ellipse', 'Ellipse'), ('cuboid_2d', 'Cuboid 2D'), ('cuboid_3d', 'Cuboid 3D'), ('instance_segmentation', 'Instance Segmentation'), ('semantic_segmentation', 'Semantic Segmentation'), ('panoptic_segmentation', 'Panoptic Segmentation')], max_length=32)),
                ('version', models.PositiveIntegerField()),
                ('mean', models.JSONField(help_text='coefficients by name')),
                ('covariance', models.JSONField(help_text='in the order of the names')),
                ('answer_sd', models.FloatField(help_text="of log seconds, of one worker's answers")),
                ('worker_sd', models.FloatField(help_text='between workers')),
                ('job_sd', models.FloatField(help_text='between jobs')),
                ('n_answers', models.PositiveIntegerField()),
                ('n_workers', models.PositiveIntegerField()),
                ('n_jobs', models.PositiveIntegerField()),
                ('scale', models.JSONField(help_text='by which the complexity of images was ranked')),
                ('window_from', models.DateTimeField(help_text='jobs opened from here on were looked at')),
                ('window_to', models.DateTimeField()),
                ('evidence_sha256', models.CharField(help_text='of the answers that it was fitted to', max_length=64)),
                ('code_version', models.CharField(max_length=16)),
                ('fitted_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('annotation_type', 'version'), name='effort_model_version_once'), models.CheckConstraint(condition=models.Q(('annotation_type__in', ['image_classification', 'multi_label_classification', 'bounding_box', 'rotated_box', 'polygon', 'polyline', 'keypoints', 'point', 'ellipse', 'cuboid_2d', 'cuboid_3d', 'instance_segmentation', 'semantic_segmentation', 'panoptic_segmentation'])), name='effort_model_type_known'), models.CheckConstraint(condition=models.Q(('answer_sd__gt', 0), ('job_sd__gt', 0), ('worker_sd__gt', 0)), name='effort_model_spreads')],
            },
        ),
        migrations.CreateModel(
            name='SnapshotComplexity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scale_sha256', models.CharField(max_length=64)),
                ('histogram', models.JSONField(help_text='images in each hundredth of complexity')),
                ('snapshot', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='labeling.snapshot')),
            ],
            options={
                'verbose_name_plural': 'snapshot complexities',
                'constraints': [models.UniqueConstraint(fields=('snapshot', 'scale_sha256'), name='snapshot_complexity_once')],
            },
        ),
    ]
