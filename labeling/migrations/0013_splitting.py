"""Let a job be split in other ways than one asset a task."""

import django.db.models.deletion
import labeling.models.jobs
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('labeling', '0012_models_and_rounds'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='asset',
            name='frame',
            field=models.PositiveIntegerField(help_text='place in its sequence; else by its name', null=True),
        ),
        migrations.AddField(
            model_name='asset',
            name='sequence',
            field=models.CharField(blank=True, db_default='', default='', help_text='what it is a frame of; else its folder', max_length=200),
        ),
        migrations.AddField(
            model_name='jobworker',
            name='batch',
            field=models.PositiveIntegerField(help_text='the batch that the worker is at', null=True),
        ),
        migrations.AddField(
            model_name='labelingjob',
            name='aided_pay_micros',
            field=models.PositiveBigIntegerField(default=0, help_text='for an answer where a pre-label is shown'),
        ),
        migrations.AddField(
            model_name='labelingjob',
            name='n_split',
            field=models.PositiveIntegerField(default=0, help_text='assets of the snapshot that have their tasks'),
        ),
        migrations.AddField(
            model_name='labelingjob',
            name='split',
            field=models.JSONField(default=labeling.models.jobs.one_asset_per_task, help_text='strategy and parameters (`labeling.core.splitting`)'),
        ),
        migrations.AddField(
            model_name='task',
            name='batch',
            field=models.PositiveIntegerField(help_text='goes to one worker together with others of this number', null=True),
        ),
        migrations.AddField(
            model_name='task',
            name='prelabel',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='labeling.prelabel'),
        ),
        migrations.AddField(
            model_name='task',
            name='scope',
            field=models.JSONField(help_text='part of the asset that is asked about (`labeling.core.splitting`); null: all of it', null=True),
        ),
        migrations.AddIndex(
            model_name='jobworker',
            index=models.Index(condition=models.Q(('batch__isnull', False)), fields=['job', 'batch'], name='job_worker_at_batch'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(condition=models.Q(('batch__isnull', False), ('n_taken__lt', models.F('wanted_overlap')), ('state', 'open')), fields=['job', 'batch', 'ordinal'], name='task_of_batch'),
        ),
    ]
