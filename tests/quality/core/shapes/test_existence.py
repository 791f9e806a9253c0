from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit

from quality.core.shapes.existence import Sightings, detect, expect, rates_of
from quality.core.shapes.skills import CrowdDetection, DetectionPriors, WorkerDetection

CROWD = CrowdDetection(objects_per_task=1.0, mistakes_per_task=0.5, miss=0.2, false_alarm=0.1, strength=10.0)
STRANGER = WorkerDetection()


def test_chance_of_existence_worked_by_hand() -> None:
    drawn = np.array([[True, True, False], [True, False, False]])
    odds_of_two = 2 * (0.8 / 0.1) ** 2 * (0.2 / 0.9)
    odds_of_one = 2 * (0.8 / 0.1) * (0.2 / 0.9) ** 2
    expected = [odds_of_two / (1 + odds_of_two), odds_of_one / (1 + odds_of_one)]
    found = expect(sightings_of(drawn), CROWD, *rates_of([STRANGER] * 3, CROWD))
    assert found.chance == pytest.approx(expected)
    assert found.objects == pytest.approx([1.0 * 0.2**3] * 2)


def test_rates_are_drawn_from_the_crowds_to_the_workers_own() -> None:
    worker = WorkerDetection(n_found=6, n_missed=4, n_false=3, n_spared=7)
    assert worker.miss(CROWD) == pytest.approx((4 + 10 * 0.2) / 20)
    assert worker.false_alarm(CROWD) == pytest.approx((3 + 10 * 0.1) / 20)


def test_rates_stay_off_zero_and_one() -> None:
    assert WorkerDetection(n_found=1e6).miss(CROWD) == 0.05
    assert WorkerDetection(n_missed=1e6).miss(CROWD) == 0.95


def sightings_of(drawn: np.ndarray) -> Sightings:
    """Let each row of (n_tasks, n_workers) be a task that all workers answered, with one cluster if anybody drew."""
    n_tasks, n_workers = drawn.shape
    task_of_cluster = np.flatnonzero(drawn.any(axis=1))
    cluster_of_task = np.full(n_tasks, -1)
    cluster_of_task[task_of_cluster] = np.arange(len(task_of_cluster))
    task_drawn, drawn_by = np.nonzero(drawn)
    return Sightings(
        task=np.repeat(np.arange(n_tasks), n_workers),
        worker=np.tile(np.arange(n_workers), n_tasks),
        task_of_cluster=task_of_cluster,
        drawn_cluster=cluster_of_task[task_drawn],
        drawn_by=drawn_by,
        n_tasks=n_tasks,
        n_workers=n_workers,
    )


@pytest.mark.parametrize("spread", [0.0, 1.5])
def test_rates_and_difficulty_of_a_simulated_crowd_are_recovered(rng: np.random.Generator, spread: float) -> None:
    miss = np.array([0.1, 0.15, 0.2, 0.4, 0.6])
    real = rng.random(3000) < 0.6
    # A mean rate under a normal spread of logits belongs to a steeper rate at the usual object.
    usual = logit(miss) * np.sqrt(1 + 0.346 * spread**2)
    misses = expit(usual + rng.normal(0, spread, size=(3000, 1)))
    drawn = np.where(real[:, None], rng.random((3000, 5)) >= misses, rng.random((3000, 5)) < 0.1)
    found = detect(sightings_of(drawn), priors=DetectionPriors(), max_iter=200)
    estimated = [skill.miss(found.crowd) for skill in found.workers(range(5)).values()]
    assert found.converged
    assert estimated == pytest.approx(misses[real].mean(axis=0), abs=0.07)
    assert found.crowd.difficulty == pytest.approx(spread, abs=0.9)
    assert ((found.p_exist >= 0.5) == real[drawn.any(axis=1)]).mean() > (0.88 if spread else 0.94)
    assert found.crowd.objects_per_task == pytest.approx(0.6, abs=0.1)


def test_hard_objects_are_told_from_mistakes_better_than_by_independent_rates(rng: np.random.Generator) -> None:
    real = rng.random(2000) < 0.5
    misses = expit(rng.normal(-0.5, 2.0, size=(2000, 1)))
    drawn = np.where(real[:, None], rng.random((2000, 15)) >= misses, rng.random((2000, 15)) < 0.04)
    seen = drawn.any(axis=1)

    def share_right(difficulty: float) -> float:
        found = detect(sightings_of(drawn), priors=DetectionPriors(difficulty=difficulty))
        return float(((found.p_exist >= 0.5) == real[seen]).mean())

    assert share_right(1.5) > share_right(0.0) + 0.02


def test_chance_of_existence_online_is_that_of_the_batch(rng: np.random.Generator) -> None:
    drawn = rng.random((60, 4)) < 0.6
    found = detect(sightings_of(drawn), priors=DetectionPriors(), max_iter=500, tol=1e-9)
    skills = list(found.workers(range(4)).values())
    online = expect(sightings_of(drawn), found.crowd, *rates_of(skills, found.crowd))
    assert online.chance == pytest.approx(found.p_exist, abs=1e-4)


def test_empty_answers_teach_who_misses() -> None:
    drawn = np.array([[True, True, False]] * 30)
    found = detect(sightings_of(drawn), priors=DetectionPriors())
    careful, _, careless = found.workers(["a", "b", "c"]).values()
    assert careless.miss(found.crowd) > careful.miss(found.crowd) + 0.2


@pytest.mark.parametrize("n_tasks", [0, 3])
def test_job_in_which_nobody_drew_leaves_the_crowd_near_the_prior(n_tasks: int) -> None:
    found = detect(sightings_of(np.zeros((n_tasks, 2), dtype=bool)), priors=DetectionPriors())
    assert found.converged
    assert found.p_exist.shape == (0,)
    assert 0.85 <= found.crowd.objects_per_task <= 1.0


@pytest.mark.parametrize("wrong", [{"miss": 0.0}, {"false_alarm": 1.0}, {"worker_strength": 0.0}])
def test_improper_prior_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must"):
        DetectionPriors(**wrong)
