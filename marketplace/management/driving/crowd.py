"""A crowd at work on one job: so many at a time, each through the API with an own token."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marketplace.management.driving.client import Api, Service, new_key
from marketplace.management.driving.errors import ApiProblem, Stalled
from marketplace.management.driving.progress import Progress
from marketplace.management.driving.recording import Annotations
from marketplace.management.driving.requester import Requester
from marketplace.management.driving.rota import Rota
from marketplace.management.driving.workers import Decline, Worker, mended

CLAIM_AT_ONCE = 5
LOOK_AFTER_S = 1.0  # a place that came free and was not told of costs this much, and at most:
LOOK_AT_MOST_EVERY_S = 8.0
WATCH_EVERY_S = 0.25
STALLED_AFTER_S = 120.0

# What a worker is told who comes too late; the work is either kept or somebody else's by now.
TOO_LATE = frozenset({"lease_expired", "assignment_closed", "already_submitted"})


@dataclass
class Tally:
    """What the workers were told, all together."""

    n_submitted: int = 0
    n_refused: int = 0
    n_too_late: int = 0
    n_skipped: int = 0
    n_abandoned: int = 0


class Crowd:
    """Workers who claim tasks of a job, answer and submit them until the job ends.

    Parameters
    ----------
    requester : sees the job itself.
    workers, tokens : by handle, in order of arrival; the crowd acts as each of them.
    tasks_of : which of the job's tasks each could do.
    tasks : the job's tasks as they stand.
    """

    def __init__(
        self,
        service: Service,
        job_id: str,
        *,
        requester: Requester,
        workers: Sequence[Worker],
        tokens: Mapping[str, str],
        tasks_of: Mapping[str, Sequence[str]],
        tasks: Sequence[Mapping[str, Any]],
        progress: Progress,
    ) -> None:
        self.tally = Tally()
        self._requester = requester
        self._job_id = job_id
        self._workers = {worker.handle: worker for worker in workers}
        self._apis = {worker.handle: service.as_user(tokens[worker.handle]) for worker in workers}
        self._rota = Rota(tasks_of, wanted={task["id"]: task["wanted_overlap"] for task in tasks})
        self._progress = progress
        self._queue: asyncio.Queue[str | None] = asyncio.Queue()

    def take_event(self, message: dict[str, Any]) -> None:
        """Let an event of the job wake those whom it may concern."""
        data = message["data"]
        match message["event"]:
            case "task_retired":
                self._rota.retired(data["task"])
            case "task_reopened":
                self._rota.reopened(data["task"], data["wanted_overlap"])
            case "overlap_raised":
                self._rota.wants(data["task"], data["wanted_overlap"])
            case "lease_given_back":
                self._rota.gave_back(data["task"])
        self._call()

    async def work(self, *, concurrency: int) -> None:
        """Work until the job is closed.

        Raises
        ------
        Stalled
            Nothing moved for `STALLED_AFTER_S`.
        """
        async with asyncio.TaskGroup() as group:
            for _ in range(concurrency):
                group.create_task(self._take_turns())
            self._call()
            await self._watch_over()
            for _ in range(concurrency):
                self._queue.put_nowait(None)

    async def _watch_over(self) -> None:
        """Wait for the end; where nobody has anything to do, look at the tasks: leases run out and are not told of."""
        pause_s, looked_at = LOOK_AFTER_S, time.monotonic()
        while not self._progress.closed.is_set():
            await asyncio.sleep(WATCH_EVERY_S)
            if self._progress.still_s > STALLED_AFTER_S:
                raise Stalled(f"Nothing has moved for {STALLED_AFTER_S:.0f} s; the job is {self._progress.state}.")
            if self._progress.still_s < LOOK_AFTER_S:
                pause_s = LOOK_AFTER_S
            elif self._rota.is_idle and time.monotonic() - looked_at >= pause_s:
                await self._look()
                pause_s, looked_at = min(2 * pause_s, LOOK_AT_MOST_EVERY_S), time.monotonic()

    async def _look(self) -> None:
        self._progress.take_job(await self._requester.api.get(f"jobs/{self._job_id}"))
        open_tasks = await self._requester.tasks(self._job_id, state="open")
        # Nobody is at work, so what is taken and not answered are leases that somebody walked away from: a claim finds
        # out whether they have run out, and takes them back.
        self._rota.settle({task["id"]: (task["wanted_overlap"], task["n_counted"]) for task in open_tasks})
        self._call()

    def _call(self) -> None:
        for handle in self._rota.woken():
            self._queue.put_nowait(handle)

    async def _take_turns(self) -> None:
        while (handle := await self._queue.get()) is not None and not self._progress.closed.is_set():
            if n_free := self._rota.begin(handle):
                found_work = await self._take_turn(self._workers[handle], self._apis[handle], n_free)
                self._rota.end(handle, found_work=found_work)
                self._call()

    async def _take_turn(self, worker: Worker, api: Api, n_free: int) -> bool:
        """Claim a few tasks and answer them; return whether there were any."""
        assignments = await self._claim(api, limit=min(n_free, CLAIM_AT_ONCE))
        for assignment in assignments:
            self._rota.took(assignment["task"])
        for assignment in assignments:
            if await self._answer(worker, api, assignment) is Decline.WALK_AWAY:
                break
        return bool(assignments)

    async def _claim(self, api: Api, *, limit: int) -> list[dict[str, Any]]:
        try:
            reply = await api.send("POST", f"jobs/{self._job_id}/claim", body={"limit": limit})
        except ApiProblem as problem:
            if problem.code == "wrong_state":  # paused, or over
                return []
            raise
        claimed: list[dict[str, Any]] = reply.data["items"]
        if reply.attempts > 1:  # an answer that got lost on the way may have left us tasks
            own = [item async for item in api.items("assignments", state="active") if item["job"] == self._job_id]
            return list({item["id"]: item for item in (*claimed, *own)}.values())
        return claimed

    async def _answer(self, worker: Worker, api: Api, assignment: dict[str, Any]) -> Annotations | Decline:
        """Do with a task what the worker decides, and return that."""
        decision = worker.decide(assignment["asset"])
        if decision is Decline.WALK_AWAY:
            self._rota.leave(worker.handle)
            self.tally.n_abandoned += 1
        elif isinstance(decision, Decline):
            await self._skip(worker, api, assignment)
        else:
            await self._submit(worker, api, assignment, decision)
        return decision

    async def _submit(self, worker: Worker, api: Api, assignment: dict[str, Any], given: Annotations) -> None:
        """Submit the answer as it is; where it breaks the rules, what is left of it within them."""
        asset = assignment["asset"]
        for attempt in (given, mended(given, width=asset["width"], height=asset["height"])):
            try:
                path = f"assignments/{assignment['id']}/submit"
                await api.post(path, {"annotations": attempt}, key=new_key())
            except ApiProblem as problem:
                if problem.code in TOO_LATE:
                    self.tally.n_too_late += 1
                    return
                if problem.code != "invalid_annotation":
                    raise
                self.tally.n_refused += attempt is given
            else:
                self.tally.n_submitted += 1
                self._rota.did(worker.handle, assignment["task"])
                self._progress.touch()
                return
        await self._skip(worker, api, assignment)

    async def _skip(self, worker: Worker, api: Api, assignment: dict[str, Any]) -> None:
        try:
            await api.post(f"assignments/{assignment['id']}/skip")
        except ApiProblem as problem:
            if problem.code not in TOO_LATE:
                raise
        self.tally.n_skipped += 1
        self._rota.did(worker.handle, assignment["task"])
        self._progress.touch()
