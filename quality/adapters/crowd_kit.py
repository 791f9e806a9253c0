"""The only door to crowd-kit, whose methods can be asked for by name; it is imported only then."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from enum import StrEnum
from importlib import import_module
from typing import Any, ClassVar

import numpy as np

from quality.core.classes.beliefs import TaskBeliefs
from quality.core.labels import FloatArray, LabelMatrix
from quality.errors import QualityError


class CrowdKitMethod(StrEnum):
    """Name crowd-kit's aggregators of classes, as it does."""

    MAJORITY_VOTE = "MajorityVote"
    WAWA = "Wawa"
    ZERO_BASED_SKILL = "ZeroBasedSkill"
    DAWID_SKENE = "DawidSkene"
    ONE_COIN = "OneCoinDawidSkene"
    GLAD = "GLAD"
    MMSR = "MMSR"
    MACE = "MACE"
    KOS = "KOS"


class SegmentationMethod(StrEnum):
    """Name crowd-kit's aggregators of masks, as it does."""

    MAJORITY_VOTE = "SegmentationMajorityVote"
    RASA = "SegmentationRASA"
    EM = "SegmentationEM"


class CrowdKitUnavailable(QualityError):
    """crowd-kit is not installed, or its method fails on these labels."""

    code: ClassVar[str] = "crowd_kit_unavailable"


def crowd_kit_beliefs(labels: LabelMatrix, method: CrowdKitMethod, **options: Any) -> TaskBeliefs:
    """Conclude every task by a method of crowd-kit.

    Parameters
    ----------
    options : arguments of crowd-kit's class, such as `n_iter`.

    Returns
    -------
    TaskBeliefs
        posterior as crowd-kit states it, or one-hot where it states none; uniform on tasks without labels.
        `converged` says that it ended; crowd-kit does not tell more.

    Raises
    ------
    CrowdKitUnavailable
        It is not installed, or the method failed.
    """
    pandas, aggregation = _crowd_kit()
    frame = pandas.DataFrame({"task": labels.task, "worker": labels.worker, "label": labels.label})
    aggregator = getattr(aggregation, method.value)(**options)
    posterior = np.full((labels.n_tasks, labels.n_classes), 1.0 / max(labels.n_classes, 1))
    if labels.n_labels:
        _fill(posterior, _fitted(aggregator, frame, method))
    return TaskBeliefs(posterior=posterior, n_iter=0, converged=True)


def crowd_kit_masks(
    masks: list[tuple[int, int, FloatArray]], method: SegmentationMethod, **options: Any
) -> dict[int, FloatArray]:
    """Conclude every task's mask from (task, worker, mask) by a method of crowd-kit.

    Parameters
    ----------
    masks : of each task all (height, width), true where the object is.

    Raises
    ------
    CrowdKitUnavailable
        It is not installed, or the method failed.
    """
    pandas, aggregation = _crowd_kit()
    frame = pandas.DataFrame(
        {
            "task": [task for task, _, _ in masks],
            "worker": [worker for _, worker, _ in masks],
            "segmentation": [np.asarray(mask, dtype=bool) for _, _, mask in masks],
        }
    )
    found = _guarded(method, lambda: getattr(aggregation, method.value)(**options).fit_predict(frame))
    return {int(task): np.asarray(mask) for task, mask in found.items()}


def _crowd_kit() -> tuple[Any, Any]:
    try:
        return import_module("pandas"), import_module("crowdkit.aggregation")
    except ImportError as error:
        raise CrowdKitUnavailable(f"crowd-kit cannot be imported: {error}") from error


def _fitted(aggregator: Any, frame: Any, method: CrowdKitMethod) -> Any:
    """Return a DataFrame of posteriors by task and class, or a Series of labels by task."""
    if hasattr(aggregator, "fit_predict_proba"):
        return _guarded(method, lambda: aggregator.fit_predict_proba(frame))
    return _guarded(method, lambda: aggregator.fit_predict(frame))


def _guarded(method: StrEnum, call: Callable[[], Any]) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return call()
    except Exception as error:  # its methods fail in many ways on data they do not like; none may end the caller
        raise CrowdKitUnavailable(f"{method.value} failed: {type(error).__name__}: {error}") from error


def _fill(posterior: FloatArray, found: Any) -> None:
    """Put what crowd-kit found into rows by task number."""
    tasks = found.index.to_numpy(dtype=np.int64)
    posterior[tasks] = 0.0
    if found.ndim == 1:
        posterior[tasks, found.to_numpy(dtype=np.int64)] = 1.0
        return
    columns = found.columns.to_numpy(dtype=np.int64)
    posterior[np.ix_(tasks, columns)] = found.fillna(0.0).to_numpy(dtype=np.float64)
