"""Labels lie differently in memory where many workers make the table of their pairs large; results are the same."""

from __future__ import annotations

import numpy as np
import pytest

from quality.core.classes import layout
from quality.core.classes.dawid_skene import dawid_skene
from quality.core.classes.tallying import LabelLinks
from quality.core.labels import FloatArray, IntArray, LabelMatrix
from tests.quality.core.simulate import simulate_crowd

N_TASKS, N_CLASSES = 300, 4


@pytest.fixture
def labels(rng: np.random.Generator) -> LabelMatrix:
    """Return labels in no order, with tasks that nobody answered in front, between and behind."""
    crowd = simulate_crowd(rng, accuracy=rng.uniform(0.4, 0.9, size=40), n_tasks=100, n_classes=N_CLASSES, overlap=5)
    order = rng.permutation(crowd.labels.n_labels)
    task, worker, label = (getattr(crowd.labels, name)[order] for name in ("task", "worker", "label"))
    return LabelMatrix(
        task=2 * task + 50, worker=worker, label=label, n_tasks=N_TASKS, n_workers=40, n_classes=N_CLASSES
    )


def as_if_out_of_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let 17 pairs be more than the cache holds, and few bits be sorted by."""
    monkeypatch.setattr(layout, "CACHED_BYTES", 17 * 8 * N_CLASSES)
    monkeypatch.setattr(layout, "SORTED_BITS", 5)


@pytest.mark.parametrize("is_weighted", [False, True])
def test_evidence_and_counts_are_the_same_out_of_cache(
    is_weighted: bool, labels: LabelMatrix, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    weight = rng.uniform(0.2, 1.0, size=labels.n_labels) if is_weighted else None
    cached = LabelLinks.of(labels, weight=weight)
    as_if_out_of_cache(monkeypatch)
    streamed = LabelLinks.of(labels, weight=weight)
    table, posterior = rng.normal(size=(len(cached.worker), N_CLASSES)), rng.random((N_TASKS, N_CLASSES))
    assert len(streamed.layout.counting) > 2
    assert evidence(streamed, table) == pytest.approx(evidence(cached, table), abs=1e-12)
    assert streamed.tally(posterior).mass == pytest.approx(cached.tally(posterior).mass, abs=1e-12)


def test_beliefs_are_the_same_out_of_cache(labels: LabelMatrix, monkeypatch: pytest.MonkeyPatch) -> None:
    gold: IntArray = np.full(N_TASKS, -1, dtype=np.int64)
    gold[[0, 60, 62, 299]] = [0, 1, 2, 3]
    cached = dawid_skene(labels, gold=gold)
    as_if_out_of_cache(monkeypatch)
    streamed = dawid_skene(labels, gold=gold)
    assert streamed.n_iter == cached.n_iter
    assert streamed.posterior == pytest.approx(cached.posterior, abs=1e-9)


def evidence(links: LabelLinks, table: FloatArray) -> FloatArray:
    """Return (n_tasks, n_classes) the sums of the table's rows over each task's labels."""
    sums = np.zeros((links.n_tasks, table.shape[1]))
    for block in links.layout.evidence:
        sums[block.rows] += block.links @ table[block.columns]
    return sums
