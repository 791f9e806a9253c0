from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

from quality.adapters.crowd_kit import (
    CrowdKitMethod,
    CrowdKitUnavailable,
    SegmentationMethod,
    crowd_kit_beliefs,
    crowd_kit_masks,
)
from quality.core.labels import index_labels
from tests.quality.core.simulate import simulate_crowd

FEWER: dict[CrowdKitMethod, dict[str, Any]] = {
    CrowdKitMethod.MACE: {"n_restarts": 1, "n_iter": 5},
    CrowdKitMethod.GLAD: {"n_iter": 3},
    CrowdKitMethod.ZERO_BASED_SKILL: {"n_iter": 5},
}


@pytest.mark.parametrize("method", list(CrowdKitMethod))
def test_every_method_concludes_a_fair_crowd(method: CrowdKitMethod) -> None:
    rng = np.random.default_rng(3)
    crowd = simulate_crowd(rng, accuracy=np.full(6, 0.85), n_tasks=40, n_classes=2, overlap=4)
    found = crowd_kit_beliefs(crowd.labels, method, **FEWER.get(method, {}))
    assert found.posterior.shape == (40, 2)
    assert found.posterior.sum(axis=1) == pytest.approx(np.ones(40))
    assert (found.posterior.argmax(axis=1) == crowd.truth).mean() > 0.75


def test_task_without_labels_and_class_without_labels_are_no_failure() -> None:
    labels = index_labels([("a", "x", "yes"), ("a", "y", "yes")], classes=["no", "yes"], task_ids=["unanswered"]).matrix
    found = crowd_kit_beliefs(labels, CrowdKitMethod.DAWID_SKENE)
    assert found.posterior == pytest.approx(np.array([[0.5, 0.5], [0.0, 1.0]]))


def test_failure_names_the_method() -> None:
    labels = index_labels([("a", "x", "1"), ("a", "y", "2"), ("b", "x", "3")]).matrix
    with pytest.raises(CrowdKitUnavailable, match="KOS failed"):
        crowd_kit_beliefs(labels, CrowdKitMethod.KOS)


def test_absence_of_crowd_kit_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "crowdkit", None)
    monkeypatch.setitem(sys.modules, "crowdkit.aggregation", None)
    with pytest.raises(CrowdKitUnavailable, match="cannot be imported"):
        crowd_kit_beliefs(index_labels([("a", "x", "1")]).matrix, CrowdKitMethod.WAWA)


@pytest.mark.parametrize("method", list(SegmentationMethod))
def test_masks_that_all_agree_on_are_kept(method: SegmentationMethod) -> None:
    mask = np.zeros((6, 5), dtype=bool)
    mask[1:4, 2:] = True
    found = crowd_kit_masks([(7, worker, mask) for worker in range(3)], method)
    assert found[7].astype(bool).tolist() == mask.tolist()
