
import django.db.models.deletion
import marketplace.operations.core.ids
from django.conf import settings
from django.db import migrations, models

ADD = """
CREATE FUNCTION quality_finding_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.objected_at IS NOT NULL
       OR (NEW.id, NEW.job_id, NEW.worker_id, NEW.partner_id, NEW.kind, NEW.n_answers, NEW.p_value, NEW.evidence,
           NEW.opened_at) IS DISTINCT FROM
          (OLD.id, OLD.job_id, OLD.worker_id, OLD.partner_id, OLD.kind, OLD.n_answers, OLD.p_value, OLD.evidence,
           OLD.opened_at)
       OR (OLD.state <> 'open' AND
           (NEW.state, NEW.decided_by_id, NEW.decided_at, NEW.note, NEW.pause_minutes) IS DISTINCT FROM
           (OLD.state, OLD.decided_by_id, OLD.decided_at, OLD.note, OLD.pause_minutes)) THEN
        RAISE EXCEPTION 'a finding keeps its evidence, its decision and what was objected: % refused', TG_OP
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'quality_finding_stands';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER quality_finding_stands BEFORE UPDATE OR DELETE ON quality_finding
    FOR EACH ROW EXECUTE FUNCTION quality_finding_stands();
"""
REMOVE = """
DROP TRIGGER quality_finding_stands ON quality_finding;
DROP FUNCTION quality_finding_stands();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('labeling', '0004_least_gain'),
        ('quality', '0006_kept_runs'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='JobScreening',
            fields=[
                ('job', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='screening', serialize=False, to='labeling.labelingjob')),
                ('n_looks', models.PositiveIntegerField(default=0)),
                ('n_answers', models.PositiveIntegerField(default=0, help_text='counted answers at the last look')),
            ],
        ),
        migrations.CreateModel(
            name='Finding',
            fields=[
                ('id', models.UUIDField(default=marketplace.operations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('too_fast', 'Too Fast'), ('constant', 'Constant'), ('copying', 'Copying'), ('random', 'Random')], max_length=16)),
                ('state', models.CharField(choices=[('open', 'Open'), ('confirmed', 'Confirmed'), ('dismissed', 'Dismissed')], default='open', max_length=16)),
                ('n_answers', models.PositiveIntegerField(help_text='answers, or common tasks, that the evidence rests on')),
                ('p_value', models.FloatField(help_text='chance of evidence as strong from an honest worker')),
                ('evidence', models.JSONField()),
                ('opened_at', models.DateTimeField(auto_now_add=True)),
                ('decided_at', models.DateTimeField(null=True)),
                ('note', models.CharField(blank=True, max_length=1000)),
                ('pause_minutes', models.PositiveIntegerField(help_text='of the pause that the decision brought', null=True)),
                ('objection', models.CharField(blank=True, help_text="the worker's, once", max_length=2000)),
                ('objected_at', models.DateTimeField(null=True)),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('job', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='findings', to='labeling.labelingjob')),
                ('partner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('worker', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['job', 'id'], name='finding_of_job')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('job', 'worker', 'kind', 'partner'), name='finding_open_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('kind__in', ['too_fast', 'constant', 'copying', 'random'])), name='finding_kind_known'), models.CheckConstraint(condition=models.Q(('state__in', ['open', 'confirmed', 'dismissed'])), name='finding_state_known'), models.CheckConstraint(condition=models.Q(('p_value__gte', 0), ('p_value__lte', 1)), name='finding_p_value_in_range'), models.CheckConstraint(condition=models.Q(('kind', 'copying'), ('partner__isnull', True), _connector='XOR'), name='finding_copying_has_partner'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('decided_by__isnull', True), ('note', ''), ('state', 'open')), models.Q(models.Q(('state', 'open'), _negated=True), ('decided_at__isnull', False), ('decided_by__isnull', False), models.Q(('note', ''), _negated=True)), _connector='OR'), name='finding_decided_by_somebody'), models.CheckConstraint(condition=models.Q(('pause_minutes__isnull', True), ('state', 'confirmed'), _connector='OR'), name='finding_pause_confirmed'), models.CheckConstraint(condition=models.Q(models.Q(('objected_at__isnull', True), ('objection', '')), models.Q(('objected_at__isnull', False), ('state', 'confirmed'), models.Q(('objection', ''), _negated=True)), _connector='OR'), name='finding_objection_has_time')],
            },
        ),
        migrations.RunSQL(ADD, REMOVE),
    ]
