
import django.db.models.deletion
import marketplace.operations.core.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('labeling', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='JobModel',
            fields=[
                ('job', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='crowd_model', serialize=False, to='labeling.labelingjob')),
                ('parameters', models.JSONField(default=dict)),
                ('n_seen', models.PositiveIntegerField(default=0, help_text='counted answers taken notice of')),
                ('n_fitted', models.PositiveIntegerField(default=0, help_text='counted answers seen when skills were last asked to be estimated')),
                ('n_looked_at', models.PositiveIntegerField(default=0, help_text='counted answers at the last look before the end')),
                ('n_last_looks', models.PositiveSmallIntegerField(default=0)),
                ('fitted_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='ConsensusRun',
            fields=[
                ('id', models.UUIDField(default=marketplace.operations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField()),
                ('method', models.CharField(max_length=64)),
                ('parameters', models.JSONField()),
                ('code_version', models.CharField(max_length=32)),
                ('n_answers', models.PositiveIntegerField()),
                ('input_sha256', models.CharField(help_text='of the ids of the answers, in order', max_length=64)),
                ('converged', models.BooleanField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('job', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='consensus_runs', to='labeling.labelingjob')),
            ],
        ),
        migrations.CreateModel(
            name='ConsensusLabel',
            fields=[
                ('id', models.UUIDField(default=marketplace.operations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('provisional', 'Provisional'), ('final', 'Final'), ('disputed', 'Disputed')], max_length=16)),
                ('confidence', models.FloatField(help_text='0 to 1')),
                ('value', models.JSONField(help_text='{class, posterior} or {objects: [{class, box, confidence, ...}]}')),
                ('n_answers', models.PositiveSmallIntegerField()),
                ('task', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='consensus_labels', to='labeling.task')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='labels', to='quality.consensusrun')),
            ],
        ),
        migrations.CreateModel(
            name='TaskBelief',
            fields=[
                ('task', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='belief', serialize=False, to='labeling.task')),
                ('confidence', models.FloatField(help_text='0 to 1')),
                ('value', models.JSONField(help_text='as in ConsensusLabel')),
                ('n_answers', models.PositiveSmallIntegerField()),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('job', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='labeling.labelingjob')),
            ],
        ),
        migrations.CreateModel(
            name='WorkerSkill',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('parameters', models.JSONField()),
                ('fitted_at', models.DateTimeField()),
                ('job', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='labeling.labelingjob')),
                ('worker', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddConstraint(
            model_name='consensusrun',
            constraint=models.UniqueConstraint(fields=('job', 'number'), name='consensus_run_number_once'),
        ),
        migrations.AddConstraint(
            model_name='consensuslabel',
            constraint=models.UniqueConstraint(fields=('run', 'task'), name='consensus_label_once'),
        ),
        migrations.AddConstraint(
            model_name='consensuslabel',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['provisional', 'final', 'disputed'])), name='consensus_label_state_known'),
        ),
        migrations.AddConstraint(
            model_name='workerskill',
            constraint=models.UniqueConstraint(fields=('job', 'worker'), name='skill_once_per_job'),
        ),
    ]
