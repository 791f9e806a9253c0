"""Replaying a recorded crowd: a requester orders its tasks, and its workers answer what they answered then."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from marketplace.management.driving.bringing import bring_known, bring_pictures, choose_known, read_back
from marketplace.management.driving.client import Service
from marketplace.management.driving.exports import read_labels
from marketplace.management.driving.jobrun import JobRun, Outcome
from marketplace.management.driving.known_labels import LABEL_FORMATS, Known
from marketplace.management.driving.progress import Say
from marketplace.management.driving.recording import CLASSIFICATION, MAX_OVERLAP, Recording, read_recording
from marketplace.management.driving.report import Report, make_report, report_lines
from marketplace.management.driving.requester import JobDraft, Offer, Requester, WorkerAccount, open_account
from marketplace.management.driving.scores import conclude_all, exported_conclusions, scores
from marketplace.management.driving.stand_ins import named_as_files
from marketplace.management.driving.workers import RecordedWorker

GUIDELINE = "Answer as you did when this crowd was recorded."


@dataclass(frozen=True)
class ReplayOptions:
    """What to replay, and how.

    Attributes
    ----------
    seed : of the order in which workers and tasks come.
    concurrency : workers at work at the same time.
    target : confidence from which a task wants no more answers; by default the service's own.
    annotation_type : as which masks are replayed; see `read_recording`.
    from_files : pictures come in an archive and part of the gold in a file of labels, and what is exported is imported
        again; else tasks are references to pictures elsewhere.
    """

    folder: Path
    output: Path
    seed: int = 0
    concurrency: int = 8
    limit_tasks: int | None = None
    target: float | None = None
    min_overlap: int = 2
    round_number: int = 1
    annotation_type: str | None = None
    from_files: bool = False


@dataclass(frozen=True)
class Replayed:
    """The report, and what stands behind it."""

    report: Report
    outcome: Outcome


async def replay(url: str, options: ReplayOptions, say: Say) -> Replayed:
    """Replay a crowd against a running service and say how it went."""
    recording = read_recording(
        options.folder, round_number=options.round_number, annotation_type=options.annotation_type
    )
    if options.limit_tasks is not None:
        recording = recording.of_first(options.limit_tasks)
    if options.from_files:
        recording = named_as_files(recording)
    known = choose_known(recording, random.Random(options.seed)) if options.from_files else {}  # noqa: S311 -- no secret
    say(
        f"Replaying {recording.name} at {url}: {recording.n_answers:,} recorded answers of {len(recording.answers):,} "
        f"workers to {len(recording.tasks):,} tasks ({recording.annotation_type.replace('_', ' ')}, "
        f"{len(recording.classes):,} {'class' if len(recording.classes) == 1 else 'classes'})."
    )
    began_at = time.monotonic()
    async with Service(url, connections=options.concurrency + 4) as service:
        outcome = await _Replay(service, recording, known, options, say).run()
    wall_s = time.monotonic() - began_at
    # What was known beforehand is neither bought nor a measure of what was.
    recording = replace(recording, gold={task: gold for task, gold in recording.gold.items() if task not in known})
    outcome = replace(outcome, tasks=[task for task in outcome.tasks if task["external_id"] not in known])
    report = make_report(
        outcome,
        bought=scores(exported_conclusions(recording, read_labels(options.output))),
        everything=scores(conclude_all(recording)),
        wall_s=wall_s,
    )
    for line in report_lines(report, outcome, n_recorded=recording.n_answers):
        say(line)
    return Replayed(report, outcome)


@dataclass(frozen=True)
class _Replay:
    """A crowd on its way through a service; `known` is the gold that the requester states beforehand."""

    service: Service
    recording: Recording
    known: Known
    options: ReplayOptions
    say: Say

    async def run(self) -> Outcome:
        """Bring everything, order, let everybody work, and take the labels home."""
        recording, options = self.recording, self.options
        rng = random.Random(options.seed)  # noqa: S311 -- an arrival order that can be repeated, no secret
        account = await open_account(self.service, display_name="Replay requester")
        requester = await Requester.founded(account, name=f"Replay of {recording.name}")
        arrivals = list(recording.answers)
        rng.shuffle(arrivals)
        handles = {name: f"worker-{number:05d}" for number, name in enumerate(arrivals, start=1)}
        hired = await requester.hire(list(handles.values()))
        dataset_id = await self._bring(requester)
        run = await self._order(requester, dataset_id)
        async with run.watched():
            tasks = await run.publish()
            task_ids = {task["external_id"]: task["id"] for task in tasks}
            n_offers = await requester.offer(run.job_id, _offers(recording, handles, hired, task_ids, rng))
            self.say(
                f"Published: {len(tasks):,} tasks, {n_offers:,} offers. "
                f"{options.concurrency} workers at a time from here."
            )
            tally = await run.work(
                [RecordedWorker(handles[name], recording.answers[name]) for name in arrivals],
                tokens={handle: worker.token for handle, worker in hired.items()},
                tasks_of=self._tasks_of(handles, task_ids),
                concurrency=options.concurrency,
            )
            form = LABEL_FORMATS.get(recording.annotation_type) if options.from_files else None
            outcome = await run.conclude(tally, folder=options.output, also=[form.name] if form else [])
        if form:
            again = await read_back(requester, outcome.job, dataset_id, options.output)
            self.say(f"Read back: {again.n_taken:,} of {again.n_items:,} images from the {again.format} export.")
        return outcome

    async def _bring(self, requester: Requester) -> str:
        """Bring the assets, as references to what is elsewhere or in an archive; return their dataset's id."""
        recording = self.recording
        dataset_id = await requester.create_dataset(recording.name)
        if self.options.from_files:
            ingest = await bring_pictures(requester, dataset_id, recording.tasks)
            self.say(f"Ingested: {ingest['n_created']:,} stand-in pictures of the recorded sizes, from a zip archive.")
            return dataset_id
        sizes = ({"width": task.width, "height": task.height} for task in recording.tasks)
        assets = [
            {"external_id": task.name, **{side: pixels for side, pixels in size.items() if pixels}}
            for task, size in zip(recording.tasks, sizes, strict=True)
        ]
        await requester.add_external_assets(dataset_id, assets)
        return dataset_id

    async def _order(self, requester: Requester, dataset_id: str) -> JobRun:
        """Return a job that is funded and not yet published."""
        job = await requester.draft_job(dataset_id, job_draft(self.recording, self.options))
        if self.known:
            made = await bring_known(requester, job, self.recording, self.known)
            self.say(
                f"Imported: known answers to {made['n_taken']:,} of the tasks from {made['file_name']} "
                f"({made['n_refused']:,} refused), to be mixed among the others."
            )
        order = await requester.quote(job["id"])
        quote = order["quote"]
        self.say(
            f"Quote: {quote['expected_total']} {order['currency']} by the card, at most {quote['cap']}; "
            f"{quote['pay_per_answer']} for an answer of {quote['effort_s']:.1f} s; "
            f"{job['min_overlap']} to {job['max_overlap']} answers per task."
        )
        await requester.fund(order)
        return JobRun(self.service, requester, job=job, order=order, say=self.say)

    def _tasks_of(self, handles: Mapping[str, str], task_ids: Mapping[str, str]) -> dict[str, Sequence[str]]:
        """Return what each worker may be asked for; what is known comes with the rest, and wants no answers itself."""
        return {
            handle: [task_ids[task] for task in self.recording.answers[name] if task not in self.known]
            for name, handle in handles.items()
        }


def job_draft(recording: Recording, options: ReplayOptions) -> JobDraft:
    """Return the job that asks for no more than the crowd once gave."""
    redundancy = min(recording.redundancy, MAX_OVERLAP)
    objects = 1.0 if recording.annotation_type == CLASSIFICATION else round(recording.objects_per_answer, 4)
    return JobDraft(
        name=f"Replay of {recording.name}",
        annotation_type=recording.annotation_type,
        classes=recording.classes,
        kinds=recording.kinds,
        guideline=GUIDELINE,
        min_overlap=min(options.min_overlap, redundancy),
        max_overlap=redundancy,
        units_per_asset=max(objects, 0.01),
        by_offer_only=True,
        target_confidence=options.target,
    )


def _offers(
    recording: Recording,
    handles: Mapping[str, str],
    hired: Mapping[str, WorkerAccount],
    task_ids: Mapping[str, str],
    rng: random.Random,
) -> Iterator[Offer]:
    """Offer each worker what it once answered, in a new order."""
    for name, handle in handles.items():
        own = list(recording.answers[name])
        rng.shuffle(own)
        for rank, task in enumerate(own):
            yield Offer(hired[handle].user_id, task_ids[task], rank)
