"""Refuse changes of effort models: quotes name the version that they rest on."""

from django.db import migrations

from marketplace.operations.core.immutable import forbid_changes


class Migration(migrations.Migration):
    dependencies = [("pricing", "0008_effort_models")]

    operations = [migrations.RunSQL(*forbid_changes("pricing_effortmodel"))]
