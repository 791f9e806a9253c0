"""Count the assets that have their tasks already: one for each task, as there was no other way to split."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('labeling', '0013_splitting'),
    ]

    operations = [
        migrations.RunSQL(
            "UPDATE labeling_labelingjob SET n_split = n_tasks WHERE n_tasks > 0", reverse_sql=migrations.RunSQL.noop
        ),
    ]
