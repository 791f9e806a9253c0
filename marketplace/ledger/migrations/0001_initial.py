
import django.db.models.deletion
import marketplace.operations.core.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Account',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('provider', 'Provider'), ('prepaid', 'Prepaid'), ('escrow', 'Escrow'), ('worker', 'Worker'), ('fee', 'Fee')], max_length=16)),
                ('owner_id', models.UUIDField(help_text='organization, order or user, by kind; none for fee and provider', null=True)),
                ('currency', models.CharField(max_length=3)),
                ('balance_micros', models.BigIntegerField(default=0, help_text='kept by a trigger on Entry: the sum of its entries')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('kind', 'owner_id', 'currency'), name='account_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('kind__in', ['provider', 'prepaid', 'escrow', 'worker', 'fee'])), name='account_kind_known'), models.CheckConstraint(condition=models.Q(('kind', 'provider'), ('balance_micros__gte', 0), _connector='OR'), name='account_not_overdrawn'), models.CheckConstraint(condition=models.Q(('kind__in', ['provider', 'fee']), ('owner_id__isnull', False), _connector='XOR'), name='account_owned')],
            },
        ),
        migrations.CreateModel(
            name='Transfer',
            fields=[
                ('id', models.UUIDField(default=marketplace.operations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('deposit', 'Deposit'), ('fund', 'Fund'), ('pay', 'Pay'), ('fee', 'Fee'), ('refund', 'Refund')], max_length=16)),
                ('reference', models.CharField(help_text='what it is for; the same reference never moves money twice', max_length=200, unique=True)),
                ('order_id', models.UUIDField(db_index=True, null=True)),
                ('assignment_id', models.UUIDField(db_index=True, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['deposit', 'fund', 'pay', 'fee', 'refund'])), name='transfer_kind_known')],
            },
        ),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('currency', models.CharField(max_length=3)),
                ('amount_micros', models.BigIntegerField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='ledger.account')),
                ('transfer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='ledger.transfer')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('amount_micros', 0), _negated=True), name='entry_moves_something')],
            },
        ),
    ]
