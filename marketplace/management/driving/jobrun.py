"""One job from its draft to its settled order and exported labels, watched all the way."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from marketplace.management.driving.audit import Violations, over_collected, unbalanced_transfers
from marketplace.management.driving.client import Service
from marketplace.management.driving.crowd import Crowd, Tally
from marketplace.management.driving.exports import fetch_release, formats_to_take
from marketplace.management.driving.progress import Progress, Say, Ticker
from marketplace.management.driving.requester import Requester
from marketplace.management.driving.watch import JobWatch
from marketplace.management.driving.workers import Worker

FINAL_EVENTS_S = 15.0
WATCHED_WITHIN_S = 100.0

Json = dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """How a job ended, as the API tells it."""

    job: Json
    order: Json
    tasks: Sequence[Json]
    answers: Sequence[Json]
    tally: Tally
    violations: Violations
    files: Sequence[Path]

    @property
    def n_counted(self) -> int:
        """Return the number of counted answers."""
        return sum(answer["counted"] for answer in self.answers)

    @property
    def n_late(self) -> int:
        """Return the number of answers that came when none was wanted any more."""
        return len(self.answers) - self.n_counted

    def n_retired(self, reason: str) -> int:
        """Return the number of tasks that were retired for this reason."""
        return sum(task["retired_reason"] == reason for task in self.tasks)


class JobRun:
    """A funded job, and everybody who will work on it."""

    def __init__(self, service: Service, requester: Requester, *, job: Json, order: Json, say: Say) -> None:
        self.service = service
        self.requester = requester
        self.job_id: str = job["id"]
        self.order_id: str = order["id"]
        self.annotation_type: str = job["annotation_type"]
        self.progress = Progress()
        self.say = say
        self._began_at = time.monotonic()
        self._tasks: Sequence[Json] = ()
        self._listeners: list[Callable[[Json], None]] = [self.progress.take_event]
        self._watch = JobWatch(requester.api, self.job_id, on_event=self._hear, on_snapshot=self.progress.take_snapshot)

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Follow the job's events for as long as the block lasts; the watcher's failure is the block's."""
        async with asyncio.TaskGroup() as group:
            following = group.create_task(self._watch.follow())
            try:
                await asyncio.wait_for(self._watch.began.wait(), timeout=WATCHED_WITHIN_S)
                yield
            finally:
                following.cancel()

    async def publish(self) -> list[Json]:
        """Open the job and return its tasks."""
        await self.requester.publish(self.order_id)
        self._tasks = await self.requester.tasks(self.job_id)
        return list(self._tasks)

    async def work(
        self,
        workers: Sequence[Worker],
        *,
        tokens: Mapping[str, str],
        tasks_of: Mapping[str, Sequence[str]],
        concurrency: int,
    ) -> Tally:
        """Let the workers work until the job is closed."""
        crowd = Crowd(
            self.service,
            self.job_id,
            requester=self.requester,
            workers=workers,
            tokens=tokens,
            tasks_of=tasks_of,
            tasks=self._tasks,
            progress=self.progress,
        )
        self._listeners.append(crowd.take_event)
        ticker = Ticker(self._line, self.say)
        ticking = asyncio.create_task(ticker.run())
        try:
            await crowd.work(concurrency=concurrency)
        finally:
            ticking.cancel()
            ticker.finish()
        return crowd.tally

    async def conclude(self, tally: Tally, *, folder: Path, also: Sequence[str] = ()) -> Outcome:
        """Wait for the order to settle, fetch the exported labels, and look at everything once more.

        Parameters
        ----------
        also : formats in which the labels are taken beside the usual ones.
        """
        api = self.requester.api
        order = await self.requester.settled(self.order_id)
        release = await self.requester.release(
            self.job_id, tuple(dict.fromkeys((*formats_to_take(self.annotation_type), *also)))
        )
        files = await fetch_release(api, release, folder)
        tasks = await self.requester.tasks(self.job_id)
        answers = [answer async for answer in api.items(f"jobs/{self.job_id}/answers")]
        transfers = [transfer async for transfer in api.items(f"orders/{self.order_id}/transfers")]
        told = await api.get(f"jobs/{self.job_id}/progress")
        await self._watch.reach(told["seq"], timeout_s=FINAL_EVENTS_S)
        violations = Violations(
            over_collected=over_collected(tasks, answers),
            unbalanced_transfers=unbalanced_transfers(order, transfers),
            events_lost=self._watch.check.n_lost,
            events_repeated=self._watch.check.n_repeated,
        )
        job = await api.get(f"jobs/{self.job_id}")
        return Outcome(job, order, tasks, answers, tally, violations, files)

    def _hear(self, message: Json) -> None:
        for listener in self._listeners:
            listener(message)

    def _line(self) -> str:
        return self.progress.line(seconds=time.monotonic() - self._began_at, n_tasks=len(self._tasks))
