"""The sparse links between labels, tasks and (worker, label) pairs that EM sweeps run over."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from quality.core.classes.beliefs import Tally
from quality.core.labels import FloatArray, IntArray, LabelMatrix


@dataclass(frozen=True)
class LabelLinks:
    """Link tasks to the (worker, label) pairs that speak of them.

    Parameters
    ----------
    worker, label : (n_pairs,) the distinct pairs.
    incidence : (n_tasks, n_pairs) 1 where the worker gave that label to that task.
    transposed : the same, the other way round, kept so that both products run along rows.
    """

    worker: IntArray
    label: IntArray
    incidence: sparse.csr_array
    transposed: sparse.csr_array
    n_workers: int

    @classmethod
    def of(cls, labels: LabelMatrix) -> LabelLinks:
        """Build the links of a label matrix."""
        n_classes = max(labels.n_classes, 1)
        pairs, pair_of_label = np.unique(labels.worker * n_classes + labels.label, return_inverse=True)
        incidence = sparse.csr_array(
            (np.ones(labels.n_labels), (labels.task, pair_of_label)), shape=(labels.n_tasks, len(pairs))
        )
        return cls(
            worker=pairs // n_classes,
            label=pairs % n_classes,
            incidence=incidence,
            transposed=incidence.T.tocsr(),
            n_workers=labels.n_workers,
        )

    def tally(self, posterior: FloatArray) -> Tally:
        """Count, for each pair, the expected truths behind its labels."""
        return Tally(worker=self.worker, label=self.label, mass=self.transposed @ posterior, n_workers=self.n_workers)
