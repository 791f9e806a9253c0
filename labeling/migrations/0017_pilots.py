"""Tasks may be held back until a pilot is decided on."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_invitations'),
        ('labeling', '0016_shown_pay_and_closed_countries'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='labelingjob',
            name='job_held_hands_out_nothing',
        ),
        migrations.AddField(
            model_name='labelingjob',
            name='n_held',
            field=models.PositiveIntegerField(db_default=0, default=0, help_text='tasks held back, wanting no answers, until the pilot is decided on'),
        ),
        migrations.AddField(
            model_name='labelingjob',
            name='pilot_ended_at',
            field=models.DateTimeField(help_text='when the tasks of the pilot were all done with', null=True),
        ),
        migrations.AddConstraint(
            model_name='labelingjob',
            constraint=models.CheckConstraint(condition=models.Q(('held_for', ''), models.Q(('state__in', ['draft', 'open', 'pilot']), _negated=True), _connector='OR'), name='job_held_hands_out_nothing'),
        ),
    ]
