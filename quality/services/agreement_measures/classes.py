"""Agreement on one class a task."""

from collections import Counter

import numpy as np

from quality.core.agreement.alpha import NOMINAL, Alpha
from quality.core.agreement.coefficients import Statistic
from quality.core.agreement.cohen import Cohen, Weighting, meetings
from quality.core.agreement.percentages import fleiss_statistic, pairwise_statistic, percentage_statistic
from quality.core.agreement.slices import one_against_rest
from quality.core.labels import IntArray, LabelMatrix
from quality.core.terms import Terms
from quality.services.agreement_measures.base import (
    MAX_CLASSES,
    N_RESAMPLES,
    N_RESAMPLES_OF_PART,
    Figures,
    Given,
    Json,
    WorkerPair,
    figure,
    likeness_of_pair,
    most_common,
)


class ClassMeasure:
    """One class a task: equal or not."""

    scale = "nominal"
    max_answers = 20_000
    max_effort = float("inf")

    def effort_of_pair(self, n_annotations: float) -> float:
        """Return 0: pairs are counted, not compared."""
        return 0.0

    def measure(self, given: Given, *, terms: Terms, rng: np.random.Generator) -> Figures:
        """Count equal classes."""
        labels = self._labels(given, terms)
        used = Counter(labels.label.tolist()).most_common()
        shown = sorted(position for position, _ in used[:MAX_CLASSES])
        statistics: dict[str, Statistic] = {
            "percentage": percentage_statistic(labels),
            "pairwise": pairwise_statistic(labels),
            "alpha": Alpha.of(labels, difference=NOMINAL),
            "fleiss": fleiss_statistic(labels),
        }
        pairs, n_pairs = _class_pairs(given, labels, rng=rng)
        return Figures(
            overall={
                name: figure(each, n_labels=labels.n_labels, rng=rng, n_resamples=N_RESAMPLES)
                for name, each in statistics.items()
            },
            classes=[
                {"class": terms.classes[position], **_class_figures(one_against_rest(labels, position), rng=rng)}
                for position in shown
            ],
            n_classes_left_out=len(used) - len(shown),
            pairs=pairs,
            n_pairs_left_out=n_pairs - len(pairs),
        )

    def measure_part(self, given: Given, *, terms: Terms, rng: np.random.Generator) -> Json:
        """Count equal classes."""
        return {**_class_figures(self._labels(given, terms), rng=rng), "n_labels": len(given.answers)}

    def _labels(self, given: Given, terms: Terms) -> LabelMatrix:
        number = {name: position for position, name in enumerate(terms.classes)}
        label = np.array([number[annotations[0]["class"]] for annotations in given.answers], dtype=np.int64)
        return _matrix(given, label, n_classes=len(terms.classes))


def _class_pairs(given: Given, labels: LabelMatrix, *, rng: np.random.Generator) -> tuple[list[WorkerPair], int]:
    met = meetings(labels)
    common, n_pairs = most_common(met.first, met.second, n_workers=labels.n_workers)
    cost = Weighting.PLAIN.matrix(labels.n_classes)
    pairs = []
    for one, other, rows in common:
        first, second = met.first_label[rows], met.second_label[rows]
        figures = likeness_of_pair((first == second).astype(np.float64), rng=rng)
        kappa = Cohen(first=first, second=second, cost=cost)
        figures["kappa"] = figure(kappa, n_labels=kappa.n_labels, rng=rng, n_resamples=N_RESAMPLES_OF_PART)
        pairs.append(WorkerPair(workers=(given.worker_ids[one], given.worker_ids[other]), figures=figures))
    return pairs, n_pairs


def _class_figures(labels: LabelMatrix, *, rng: np.random.Generator) -> Json:
    statistics: dict[str, Statistic] = {
        "pairwise": pairwise_statistic(labels),
        "alpha": Alpha.of(labels, difference=NOMINAL),
    }
    return {
        "n_labels": int(labels.label.sum()),
        **{
            name: figure(each, n_labels=labels.n_labels, rng=rng, n_resamples=N_RESAMPLES_OF_PART)
            for name, each in statistics.items()
        },
    }


def _matrix(given: Given, label: IntArray, *, n_classes: int) -> LabelMatrix:
    tasks, task = np.unique(given.task, return_inverse=True)
    return LabelMatrix(
        task=task.astype(np.int64),
        worker=given.worker,
        label=label,
        n_tasks=len(tasks),
        n_workers=len(given.worker_ids),
        n_classes=n_classes,
    )
