"""Raw agreement and Fleiss' kappa."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quality.core.agreement.coefficients import Coefficient, coefficient_of
from quality.core.agreement.tables import TaskTable
from quality.core.labels import FloatArray, LabelMatrix


@dataclass(frozen=True)
class _ShareOfTasks:
    """Hold a share, (n_tasks,) 0..1, of each task with at least two labels."""

    table: TaskTable
    share: FloatArray

    @property
    def n_tasks(self) -> int:
        """Return the number of tasks with at least two labels."""
        return self.table.n_tasks

    @property
    def n_labels(self) -> int:
        """Return the number of labels on them."""
        return self.table.n_labels


@dataclass(frozen=True)
class MeanOverTasks(_ShareOfTasks):
    """Average a share over weighted tasks."""

    def values(self, weights: FloatArray) -> FloatArray:
        """Return (n_columns,) weighted means."""
        mean: FloatArray = (self.share @ weights) / weights.sum(axis=0)
        return mean


@dataclass(frozen=True)
class Fleiss(_ShareOfTasks):
    """Compute Fleiss' kappa from weighted tasks."""

    def values(self, weights: FloatArray) -> FloatArray:
        """Return (n_columns,) kappa, NaN where chance alone would agree always."""
        observed = (self.share @ weights) / weights.sum(axis=0)
        per_label = weights / self.table.overlap[:, None]
        expected = (((self.table.counts.T @ per_label) / weights.sum(axis=0)) ** 2).sum(axis=0)
        room = 1.0 - expected
        kappa = np.full(weights.shape[1], np.nan)
        np.divide(observed - expected, room, out=kappa, where=room > 1e-12)
        return kappa


def pair_shares(table: TaskTable) -> FloatArray:
    """Return (n_tasks,) the share of each task's pairs of labels that agree."""
    agreeing = table.counts.copy()
    agreeing.data = agreeing.data * (agreeing.data - 1.0)
    overlap = table.overlap
    shares: FloatArray = np.asarray(agreeing.sum(axis=1)).ravel() / (overlap * (overlap - 1.0))
    return shares


def pairwise_statistic(labels: LabelMatrix) -> MeanOverTasks:
    """Prepare the mean share of agreeing pairs."""
    table = TaskTable.of(labels)
    return MeanOverTasks(table=table, share=pair_shares(table))


def percentage_statistic(labels: LabelMatrix) -> MeanOverTasks:
    """Prepare the share of unanimous tasks."""
    table = TaskTable.of(labels)
    return MeanOverTasks(table=table, share=(np.diff(table.counts.indptr) == 1).astype(np.float64))


def fleiss_statistic(labels: LabelMatrix) -> Fleiss:
    """Prepare Fleiss' kappa."""
    table = TaskTable.of(labels)
    return Fleiss(table=table, share=pair_shares(table))


def pairwise_agreement(labels: LabelMatrix) -> Coefficient:
    """Return the chance that two workers drawn from a task say the same, each task counting alike."""
    return coefficient_of(pairwise_statistic(labels), n_labels=labels.n_labels)


def percentage_agreement(labels: LabelMatrix) -> Coefficient:
    """Return the share of tasks (with at least two labels) on which all workers say the same."""
    return coefficient_of(percentage_statistic(labels), n_labels=labels.n_labels)


def fleiss_kappa(labels: LabelMatrix) -> Coefficient:
    """Measure agreement beyond chance of workers who need not be the same on every task.

    Notes
    -----
    With equal overlap this is Fleiss' kappa. Where the overlap varies, every task with at least two labels counts
    alike: observed agreement is the mean of the tasks' shares of agreeing pairs, and the class shares behind expected
    agreement are the mean of the tasks' shares of labels (as Gwet does, but that tasks with one label are left out of
    both sides). Krippendorff's alpha weighs tasks by their labels instead, and corrects for small samples.

    Source: Fleiss 1971, doi:10.1037/h0031619; Gwet 2014, Handbook of Inter-Rater Reliability, ch. 2.
    """
    return coefficient_of(fleiss_statistic(labels), n_labels=labels.n_labels)
