"""How good the answers of a job looked on the whole."""

from uuid import UUID

from quality.models import WorkerSkill


def crowd_accuracy(job_id: UUID) -> float | None:
    """Return the share right, 0..1, of all answers of a job of classes by its own skills; None before any were learned.

    Of each label a worker used it is known how often each class was behind it; that it was the label's own is right.
    """
    right, total = 0.0, 0.0
    for parameters in WorkerSkill.objects.filter(job=job_id).values_list("parameters", flat=True).iterator():
        for label, mass in zip(parameters.get("labels", ()), parameters.get("mass", ()), strict=True):
            right += mass[label]
            total += sum(mass)
    return right / total if total else None
