"""`manage.py refit-effort`: fit the seconds of answers to what was measured."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from labeling.models import AnnotationTypeName
from marketplace.operations.adapters import database_now
from pricing.services import refit, refit_all


class Command(BaseCommand):
    help = "Fit what answers of each annotation type take to the times measured here; keeps a version where it changed."

    def add_arguments(self, parser: CommandParser) -> None:
        """Describe the arguments."""
        parser.add_argument("--type", dest="annotation_type", choices=AnnotationTypeName.values, help="only this type")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Refit, and say what is new."""
        now = database_now()
        kind = options["annotation_type"]
        models = (
            refit_all(now=now) if kind is None else [model for model in [refit(kind, now=now)] if model is not None]
        )
        for model in models:
            self.stdout.write(f"{model}: {model.n_answers} answers of {model.n_workers} workers in {model.n_jobs} jobs")
        if not models:
            self.stdout.write("Nothing was measured since.")
