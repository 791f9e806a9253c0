
import django.db.models.deletion
import marketplace.operations.core.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Answer',
            fields=[
                ('id', models.UUIDField(default=marketplace.operations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('counted', models.BooleanField(help_text='belongs to the overlap of the task')),
                ('uncounted_reason', models.CharField(blank=True, max_length=32)),
                ('n_annotations', models.PositiveIntegerField()),
                ('active_ms', models.PositiveIntegerField(null=True)),
                ('submitted_at', models.DateTimeField()),
                ('worker', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Assignment',
            fields=[
                ('id', models.UUIDField(default=marketplace.operations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('active', 'Active'), ('submitted', 'Submitted'), ('accepted', 'Accepted'), ('rejected', 'Rejected'), ('skipped', 'Skipped'), ('returned', 'Returned'), ('expired', 'Expired')], default='active', max_length=16)),
                ('pay_micros', models.PositiveBigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('aided', models.BooleanField(default=False, help_text='a pre-label was shown')),
                ('leased_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('submitted_at', models.DateTimeField(null=True)),
                ('decided_at', models.DateTimeField(null=True)),
                ('active_ms', models.PositiveIntegerField(help_text='time spent on it, as the client measured', null=True)),
                ('accepted_share', models.FloatField(help_text='0 to 1: how much of the pay was earned', null=True)),
                ('worker', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='assignments', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='GuidelineVersion',
            fields=[
                ('id', models.UUIDField(default=marketplace.operations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField()),
                ('text', models.TextField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name='OntologyVersion',
            fields=[
                ('id', models.UUIDField(default=marketplace.operations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField()),
                ('classes', models.JSONField(help_text='[{name, description}], in the order in which workers see them')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name='AnswerPayload',
            fields=[
                ('answer', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='payload', serialize=False, to='labeling.answer')),
                ('schema_version', models.PositiveSmallIntegerField()),
                ('annotations', models.JSONField()),
            ],
        ),
        migrations.CreateModel(
            name='AnswerDraft',
            fields=[
                ('assignment', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='draft', serialize=False, to='labeling.assignment')),
                ('annotations', models.JSONField()),
                ('saved_at', models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name='answer',
            name='assignment',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='answer', to='labeling.assignment'),
        ),
        migrations.CreateModel(
            name='Dataset',
            fields=[
                ('id', models.UUIDField(default=marketplace.operations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=200)),
                ('consent', models.CharField(blank=True, help_text='basis on which pictured people are shown', max_length=64)),
                ('retention_class', models.CharField(blank=True, max_length=64)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='datasets', to='accounts.organization')),
            ],
        ),
        migrations.CreateModel(
            name='Asset',
            fields=[
                ('id', models.UUIDField(default=marketplace.operations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('image', 'Image'), ('external', 'External')], max_length=16)),
                ('external_id', models.CharField(help_text="the requester's own name for it", max_length=200)),
                ('storage_key', models.CharField(blank=True, max_length=200)),
                ('sha256', models.CharField(blank=True, help_text='of the bytes as uploaded, lower-case hex', max_length=64)),
                ('content_type', models.CharField(blank=True, max_length=64)),
                ('n_bytes', models.PositiveBigIntegerField(default=0, help_text='size of the stored file')),
                ('width', models.PositiveIntegerField(help_text='pixels, orientation applied', null=True)),
                ('height', models.PositiveIntegerField(help_text='pixels, orientation applied', null=True)),
                ('original_width', models.PositiveIntegerField(null=True)),
                ('original_height', models.PositiveIntegerField(null=True)),
                ('original_orientation', models.PositiveSmallIntegerField(default=1, help_text='EXIF orientation, 1 to 8')),
                ('tombstoned_at', models.DateTimeField(help_text='erased: the row stays, the content is gone', null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('dataset', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='assets', to='labeling.dataset')),
            ],
        ),
        migrations.AddField(
            model_name='assignment',
            name='guideline',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='labeling.guidelineversion'),
        ),
        migrations.CreateModel(
            name='LabelingJob',
            fields=[
                ('id', models.UUIDField(default=marketplace.operations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=200)),
                ('annotation_type', models.CharField(choices=[('image_classification', 'Image Classification'), ('bounding_box', 'Bounding Box')], max_length=32)),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('in_review', 'In Review'), ('pilot', 'Pilot'), ('open', 'Open'), ('paused', 'Paused'), ('completed', 'Completed'), ('cancelled', 'Cancelled'), ('archived', 'Archived')], default='draft', max_length=16)),
                ('close_reason', models.CharField(blank=True, choices=[('', 'not closed'), ('completed', 'Completed'), ('budget', 'Budget'), ('deadline', 'Deadline'), ('manual', 'Manual')], default='', max_length=32)),
                ('workforce', models.CharField(choices=[('public', 'Public'), ('private', 'Private')], default='public', max_length=16)),
                ('by_offer_only', models.BooleanField(default=False, help_text='a task is claimed only by those it is offered to')),
                ('min_overlap', models.PositiveSmallIntegerField()),
                ('max_overlap', models.PositiveSmallIntegerField()),
                ('target_confidence', models.FloatField(help_text='above 0.5, below 1: under it one more answer is wanted')),
                ('units_per_asset', models.FloatField(help_text='objects expected in one asset, for effort and price')),
                ('lease_s', models.PositiveIntegerField(help_text='seconds a claimed task is held without heartbeat')),
                ('split_strategy', models.CharField(max_length=32)),
                ('n_tasks', models.PositiveIntegerField(default=0, help_text='tasks materialised so far')),
                ('deadline', models.DateTimeField(null=True)),
                ('currency', models.CharField(default='USD', max_length=3)),
                ('pay_micros', models.PositiveBigIntegerField(default=0, help_text='for one answer, in micro-units of the currency')),
                ('answer_budget_micros', models.PositiveBigIntegerField(default=0)),
                ('committed_micros', models.PositiveBigIntegerField(default=0, help_text='pay of live leases and counted answers')),
                ('late_reserve_micros', models.PositiveBigIntegerField(default=0, help_text='what is left for late answers')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('opened_at', models.DateTimeField(null=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('guideline', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='labeling.guidelineversion')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='jobs', to='accounts.organization')),
                ('ontology', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='labeling.ontologyversion')),
            ],
        ),
        migrations.CreateModel(
            name='JobWorker',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('pseudonym', models.CharField(max_length=16)),
                ('worker', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('job', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='workers', to='labeling.labelingjob')),
            ],
        ),
        migrations.AddField(
            model_name='assignment',
            name='job',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='assignments', to='labeling.labelingjob'),
        ),
        migrations.AddField(
            model_name='answer',
            name='job',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='labeling.labelingjob'),
        ),
        migrations.AddField(
            model_name='assignment',
            name='ontology',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='labeling.ontologyversion'),
        ),
        migrations.CreateModel(
            name='Project',
            fields=[
                ('id', models.UUIDField(default=marketplace.operations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=200)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='projects', to='accounts.organization')),
            ],
        ),
        migrations.AddField(
            model_name='ontologyversion',
            name='project',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='ontologies', to='labeling.project'),
        ),
        migrations.AddField(
            model_name='labelingjob',
            name='project',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='jobs', to='labeling.project'),
        ),
        migrations.AddField(
            model_name='guidelineversion',
            name='project',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='guidelines', to='labeling.project'),
        ),
        migrations.CreateModel(
            name='Snapshot',
            fields=[
                ('id', models.UUIDField(default=marketplace.operations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField()),
                ('n_assets', models.PositiveIntegerField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('dataset', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='snapshots', to='labeling.dataset')),
            ],
        ),
        migrations.AddField(
            model_name='labelingjob',
            name='snapshot',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='jobs', to='labeling.snapshot'),
        ),
        migrations.CreateModel(
            name='SnapshotAsset',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ordinal', models.PositiveIntegerField()),
                ('asset', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='labeling.asset')),
                ('snapshot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='members', to='labeling.snapshot')),
            ],
        ),
        migrations.CreateModel(
            name='Task',
            fields=[
                ('id', models.UUIDField(default=marketplace.operations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('ordinal', models.PositiveIntegerField()),
                ('kind', models.CharField(choices=[('annotate', 'Annotate'), ('review', 'Review'), ('adjudicate', 'Adjudicate'), ('training', 'Training')], default='annotate', max_length=16)),
                ('state', models.CharField(choices=[('open', 'Open'), ('retired', 'Retired')], default='open', max_length=16)),
                ('retired_reason', models.CharField(blank=True, choices=[('', 'still open'), ('confident', 'Confident'), ('disputed', 'Disputed'), ('supply', 'Supply'), ('human', 'Human'), ('flagged', 'Flagged'), ('cancelled', 'Cancelled')], default='', max_length=16)),
                ('priority', models.SmallIntegerField(default=0, help_text='higher is handed out first')),
                ('wanted_overlap', models.PositiveSmallIntegerField(help_text='answers wanted so far; rises by belief')),
                ('max_overlap', models.PositiveSmallIntegerField()),
                ('n_taken', models.PositiveSmallIntegerField(default=0, help_text='counted answers and leases not yet reclaimed')),
                ('n_counted', models.PositiveSmallIntegerField(default=0)),
                ('pay_micros', models.PositiveBigIntegerField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('retired_at', models.DateTimeField(null=True)),
                ('asset', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tasks', to='labeling.asset')),
                ('job', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tasks', to='labeling.labelingjob')),
                ('parent_task', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='labeling.task')),
                ('subject_answer', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='checks', to='labeling.answer')),
            ],
        ),
        migrations.AddField(
            model_name='assignment',
            name='task',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='assignments', to='labeling.task'),
        ),
        migrations.AddField(
            model_name='answer',
            name='task',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='labeling.task'),
        ),
        migrations.CreateModel(
            name='TaskOffer',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('rank', models.IntegerField(default=0, help_text='lower is handed out first')),
                ('until', models.DateTimeField(null=True)),
                ('task', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='offers', to='labeling.task')),
                ('worker', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='offers', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddConstraint(
            model_name='asset',
            constraint=models.UniqueConstraint(fields=('dataset', 'external_id'), name='asset_external_id_once'),
        ),
        migrations.AddConstraint(
            model_name='asset',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['image', 'external'])), name='asset_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='asset',
            constraint=models.CheckConstraint(condition=models.Q(('kind', 'external'), models.Q(('height__gt', 0), ('width__gt', 0), models.Q(('sha256', ''), _negated=True)), _connector='OR'), name='asset_image_is_measured'),
        ),
        migrations.AddConstraint(
            model_name='jobworker',
            constraint=models.UniqueConstraint(fields=('job', 'worker'), name='job_worker_once'),
        ),
        migrations.AddConstraint(
            model_name='jobworker',
            constraint=models.UniqueConstraint(fields=('job', 'pseudonym'), name='job_pseudonym_once'),
        ),
        migrations.AddConstraint(
            model_name='ontologyversion',
            constraint=models.UniqueConstraint(fields=('project', 'number'), name='ontology_number_once'),
        ),
        migrations.AddConstraint(
            model_name='guidelineversion',
            constraint=models.UniqueConstraint(fields=('project', 'number'), name='guideline_number_once'),
        ),
        migrations.AddConstraint(
            model_name='snapshot',
            constraint=models.UniqueConstraint(fields=('dataset', 'number'), name='snapshot_number_once'),
        ),
        migrations.AddIndex(
            model_name='labelingjob',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['state'], name='job_open'),
        ),
        migrations.AddConstraint(
            model_name='labelingjob',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'in_review', 'pilot', 'open', 'paused', 'completed', 'cancelled', 'archived'])), name='job_state_known'),
        ),
        migrations.AddConstraint(
            model_name='labelingjob',
            constraint=models.CheckConstraint(condition=models.Q(('close_reason__in', ['', 'completed', 'budget', 'deadline', 'manual'])), name='job_close_reason_known'),
        ),
        migrations.AddConstraint(
            model_name='labelingjob',
            constraint=models.CheckConstraint(condition=models.Q(('annotation_type__in', ['image_classification', 'bounding_box'])), name='job_type_known'),
        ),
        migrations.AddConstraint(
            model_name='labelingjob',
            constraint=models.CheckConstraint(condition=models.Q(('max_overlap__gte', models.F('min_overlap')), ('max_overlap__lte', 100), ('min_overlap__gte', 1)), name='job_overlap_in_range'),
        ),
        migrations.AddConstraint(
            model_name='labelingjob',
            constraint=models.CheckConstraint(condition=models.Q(('target_confidence__gt', 0.5), ('target_confidence__lt', 1)), name='job_target_confidence_in_range'),
        ),
        migrations.AddConstraint(
            model_name='labelingjob',
            constraint=models.CheckConstraint(condition=models.Q(('committed_micros__lte', models.F('answer_budget_micros'))), name='job_commits_within_budget'),
        ),
        migrations.AddConstraint(
            model_name='labelingjob',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['completed', 'cancelled', 'archived']), ('close_reason', ''), _connector='XOR'), name='job_closed_with_reason'),
        ),
        migrations.AddConstraint(
            model_name='snapshotasset',
            constraint=models.UniqueConstraint(fields=('snapshot', 'ordinal'), name='snapshot_ordinal_once'),
        ),
        migrations.AddConstraint(
            model_name='snapshotasset',
            constraint=models.UniqueConstraint(fields=('snapshot', 'asset'), name='snapshot_asset_once'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(models.F('job'), models.OrderBy(models.F('priority'), descending=True), models.F('ordinal'), condition=models.Q(('n_taken__lt', models.F('wanted_overlap')), ('state', 'open')), name='task_claimable'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['job'], name='task_open'),
        ),
        migrations.AddConstraint(
            model_name='task',
            constraint=models.UniqueConstraint(fields=('job', 'ordinal'), name='task_ordinal_once'),
        ),
        migrations.AddConstraint(
            model_name='task',
            constraint=models.CheckConstraint(condition=models.Q(('n_taken__lte', models.F('max_overlap'))), name='task_taken_within_max_overlap'),
        ),
        migrations.AddConstraint(
            model_name='task',
            constraint=models.CheckConstraint(condition=models.Q(('n_counted__lte', models.F('n_taken'))), name='task_counted_within_taken'),
        ),
        migrations.AddConstraint(
            model_name='task',
            constraint=models.CheckConstraint(condition=models.Q(('wanted_overlap__lte', models.F('max_overlap'))), name='task_wanted_within_max_overlap'),
        ),
        migrations.AddConstraint(
            model_name='task',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['open', 'retired'])), name='task_state_known'),
        ),
        migrations.AddConstraint(
            model_name='task',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['annotate', 'review', 'adjudicate', 'training'])), name='task_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='task',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'open'), models.Q(('retired_reason', ''), _negated=True), _connector='XOR'), name='task_retired_with_reason'),
        ),
        migrations.AddIndex(
            model_name='assignment',
            index=models.Index(condition=models.Q(('state', 'active')), fields=['job', 'expires_at'], name='lease_live'),
        ),
        migrations.AddIndex(
            model_name='assignment',
            index=models.Index(condition=models.Q(('state', 'submitted')), fields=['job'], name='assignment_undecided'),
        ),
        migrations.AddIndex(
            model_name='assignment',
            index=models.Index(fields=['worker', '-id'], name='assignment_of_worker'),
        ),
        migrations.AddConstraint(
            model_name='assignment',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ('active', 'submitted', 'accepted', 'rejected', 'skipped'))), fields=('task', 'worker'), name='task_worker_once'),
        ),
        migrations.AddConstraint(
            model_name='assignment',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['active', 'submitted', 'accepted', 'rejected', 'skipped', 'returned', 'expired'])), name='assignment_state_known'),
        ),
        migrations.AddConstraint(
            model_name='assignment',
            constraint=models.CheckConstraint(condition=models.Q(('accepted_share__isnull', True), models.Q(('accepted_share__gte', 0), ('accepted_share__lte', 1)), _connector='OR'), name='assignment_share_in_range'),
        ),
        migrations.AddIndex(
            model_name='answer',
            index=models.Index(fields=['job', 'id'], name='answer_of_job'),
        ),
        migrations.AddConstraint(
            model_name='answer',
            constraint=models.CheckConstraint(condition=models.Q(('counted', True), models.Q(('uncounted_reason', ''), _negated=True), _connector='XOR'), name='answer_uncounted_why'),
        ),
        migrations.AddIndex(
            model_name='taskoffer',
            index=models.Index(fields=['worker', 'rank'], name='offer_next'),
        ),
        migrations.AddConstraint(
            model_name='taskoffer',
            constraint=models.UniqueConstraint(fields=('task', 'worker'), name='offer_once'),
        ),
    ]
