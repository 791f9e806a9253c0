import django.db.models.deletion
import marketplace.operations.core.ids
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('quality', '0002_append_only'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Audit',
            fields=[
                ('id', models.UUIDField(default=marketplace.operations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveSmallIntegerField(help_text='1, 2, ... within the run, cancelled ones included')),
                ('state', models.CharField(choices=[('planned', 'Planned'), ('running', 'Running'), ('passed', 'Passed'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='planned', max_length=16)),
                ('kind', models.CharField(choices=[('fixed', 'Fixed'), ('sequential', 'Sequential'), ('stratified', 'Stratified')], max_length=16)),
                ('max_error', models.DecimalField(decimal_places=6, help_text='share of wrong labels promised at most', max_digits=7)),
                ('confidence', models.DecimalField(decimal_places=6, max_digits=7)),
                ('expected_error', models.DecimalField(decimal_places=6, help_text='share of wrong labels thought likely', max_digits=7)),
                ('population', models.PositiveIntegerField(help_text='labels that the run states final')),
                ('n_items', models.PositiveIntegerField(help_text='labels drawn: the most that may have to be checked')),
                ('n_audited', models.PositiveIntegerField(default=0, help_text='labels checked without a gap in the order drawn')),
                ('n_wrong', models.PositiveIntegerField(default=0, help_text='of those, found wrong')),
                ('plan', models.JSONField()),
                ('seed', models.PositiveBigIntegerField(help_text='of the draw')),
                ('certificate', models.JSONField(null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='audits', to='quality.consensusrun')),
            ],
        ),
        migrations.CreateModel(
            name='AuditItem',
            fields=[
                ('id', models.UUIDField(default=marketplace.operations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('ordinal', models.PositiveIntegerField(help_text='1, 2, ... in the order drawn')),
                ('stratum', models.PositiveSmallIntegerField(default=0)),
                ('verdict', models.CharField(choices=[('right', 'Right'), ('wrong', 'Wrong')], max_length=8, null=True)),
                ('note', models.CharField(blank=True, max_length=1000)),
                ('decided_at', models.DateTimeField(null=True)),
                ('audit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='quality.audit')),
                ('label', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='quality.consensuslabel')),
                ('verdict_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddConstraint(
            model_name='audit',
            constraint=models.UniqueConstraint(fields=('run', 'number'), name='audit_number_once'),
        ),
        migrations.AddConstraint(
            model_name='audit',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ('planned', 'running'))), fields=('run',), name='audit_one_live_per_run'),
        ),
        migrations.AddConstraint(
            model_name='audit',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['planned', 'running', 'passed', 'failed', 'cancelled'])), name='audit_state_known'),
        ),
        migrations.AddConstraint(
            model_name='audit',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['fixed', 'sequential', 'stratified'])), name='audit_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='audit',
            constraint=models.CheckConstraint(condition=models.Q(('confidence__gte', Decimal('0.5')), ('confidence__lt', 1), ('max_error__gt', 0), ('max_error__lt', 1)), name='audit_limit_in_range'),
        ),
        migrations.AddConstraint(
            model_name='audit',
            constraint=models.CheckConstraint(condition=models.Q(('expected_error__gte', 0), ('expected_error__lt', models.F('max_error'))), name='audit_expects_less'),
        ),
        migrations.AddConstraint(
            model_name='audit',
            constraint=models.CheckConstraint(condition=models.Q(('n_audited__lte', models.F('n_items')), ('n_items__lte', models.F('population')), ('n_wrong__lte', models.F('n_audited'))), name='audit_counts_in_range'),
        ),
        migrations.AddConstraint(
            model_name='audit',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ('passed', 'failed')), ('certificate__isnull', True), _connector='XOR'), name='audit_decided_certified'),
        ),
        migrations.AddConstraint(
            model_name='audit',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ('planned', 'running')), ('ended_at__isnull', False), _connector='XOR'), name='audit_ended_has_time'),
        ),
        migrations.AddConstraint(
            model_name='audititem',
            constraint=models.UniqueConstraint(fields=('audit', 'label'), name='audit_item_label_once'),
        ),
        migrations.AddConstraint(
            model_name='audititem',
            constraint=models.UniqueConstraint(fields=('audit', 'ordinal'), name='audit_item_ordinal_once'),
        ),
        migrations.AddConstraint(
            model_name='audititem',
            constraint=models.CheckConstraint(condition=models.Q(('ordinal__gte', 1)), name='audit_item_ordinal_from_1'),
        ),
        migrations.AddConstraint(
            model_name='audititem',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('note', ''), ('verdict__isnull', True), ('verdict_by__isnull', True)), models.Q(('decided_at__isnull', False), ('verdict__in', ['right', 'wrong']), ('verdict_by__isnull', False)), _connector='OR'), name='audit_item_verdict_by_somebody'),
        ),
    ]
