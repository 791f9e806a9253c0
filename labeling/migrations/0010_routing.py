"""Let poorer workers leave answers beyond the least to better ones for a while."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('labeling', '0009_prelabels'),
    ]

    operations = [
        migrations.AddField(
            model_name='task',
            name='further_since',
            field=models.DateTimeField(help_text='when it last came to want an answer beyond the least', null=True),
        ),
        migrations.AddField(
            model_name='jobworker',
            name='defers_s',
            field=models.PositiveIntegerField(db_default=0, default=0, help_text='answers beyond the least are left to other workers for so many seconds'),
        ),
    ]
