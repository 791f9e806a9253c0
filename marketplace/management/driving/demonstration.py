"""A whole order from photographs to paid, exported labels, with simulated workers."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from marketplace.management.driving import photos
from marketplace.management.driving.books import Books, compare_books
from marketplace.management.driving.client import Service
from marketplace.management.driving.crowd import Tally
from marketplace.management.driving.errors import DrivingError
from marketplace.management.driving.exports import read_labels
from marketplace.management.driving.jobrun import JobRun, Outcome
from marketplace.management.driving.photos import Photo
from marketplace.management.driving.progress import Say
from marketplace.management.driving.recorded_shapes import BOXES
from marketplace.management.driving.recording import CLASSIFICATION, Annotations, RecordedTask, Recording
from marketplace.management.driving.report import Report, check_lines, make_report, money_line
from marketplace.management.driving.requester import JobDraft, Json, Requester, WorkerAccount, open_account
from marketplace.management.driving.scores import Conclusions, exported_conclusions, scores
from marketplace.management.driving.simulated import CHARACTERS, SimulatedWorker

SEED = 7
CONCURRENCY = 4
SHORT_LEASE_S = 4  # one worker walks away; this is how long the others wait for those tasks
LEASE_S = 60
WHOLE_TIME = {"from": "2000-01-01", "to": "9998-01-01"}


@dataclass(frozen=True)
class Chapter:
    """One of the demo's jobs."""

    key: str
    question: str
    annotation_type: str
    pictures: Sequence[Photo]
    guideline: str
    lease_s: int

    @property
    def has_short_leases(self) -> bool:
        """Return whether a task that is left comes back soon."""
        return self.lease_s <= SHORT_LEASE_S

    @property
    def classes(self) -> list[str]:
        """Return what may be answered."""
        if self.annotation_type == BOXES:
            return sorted({thing.name for photo in self.pictures for thing in photo.things})
        return sorted({photo.shows for photo in self.pictures})

    @property
    def gold(self) -> dict[str, Annotations]:
        """Return the truth in the form of answers."""
        if self.annotation_type == BOXES:
            return {
                photo.file: [{"class": thing.name, "box": list(thing.box)} for thing in photo.things]
                for photo in self.pictures
            }
        return {photo.file: [{"class": photo.shows}] for photo in self.pictures}

    @property
    def truth(self) -> Recording:
        """Return the truth as a recording in which nobody has answered yet."""
        tasks = tuple(RecordedTask(photo.file) for photo in self.pictures)
        return Recording(self.key, self.annotation_type, tuple(self.classes), tasks, {}, self.gold)


CHAPTERS = (
    Chapter(
        key="classification",
        question="What does the photograph show?",
        annotation_type=CLASSIFICATION,
        pictures=photos.ALL,
        guideline="Choose the one class that fits the photograph as a whole.",
        lease_s=SHORT_LEASE_S,
    ),
    Chapter(
        key="boxes",
        question="Where are the things in it?",
        annotation_type=BOXES,
        pictures=photos.WITH_BOXES,
        guideline="Draw a tight box around every thing of these classes, and name it.",
        lease_s=LEASE_S,
    ),
)


@dataclass(frozen=True)
class Demonstrated:
    """A report by chapter, and which promises were broken."""

    reports: Mapping[str, Report]
    broken: Sequence[str]


class Demo:
    """The demo's people, and the telling of what they do."""

    def __init__(self, service: Service, output: Path, say: Say) -> None:
        self._service = service
        self._output = output
        self._say = say
        self._folder = photos.photo_folder()

    async def play(self) -> Demonstrated:
        """Play all chapters."""
        self._say(
            f"Plenum demo at {self._service.url}\n"
            "Everything below goes over the public HTTP API and its websockets. The photographs are real; nobody who "
            "works here is: the workers are SIMULATED, each with a manner and errors of its own."
        )
        account = await open_account(self._service, display_name="Demo requester")
        requester = await Requester.founded(account, name="Demo studio")
        hired = await requester.hire([character.handle for character in CHARACTERS])
        self._say("\nWho")
        self._say(f"  requester and manager  {account.email}, of the organization Demo studio")
        for character in CHARACTERS:
            self._say(f"  simulated worker       {character.handle} ({character.manner})")
        reports, broken = {}, []
        for number, chapter in enumerate(CHAPTERS, start=1):
            began_at = time.monotonic()
            self._say(f"\nJob {number} of {len(CHAPTERS)}: {chapter.question}")
            outcome = await self._run(requester, chapter, hired)
            reports[chapter.key] = self._tell(chapter, outcome, wall_s=time.monotonic() - began_at)
            books = await self._books(requester, outcome.order, hired)
            self._say("  Books")
            for line in books.lines():
                self._say(f"               {line}")
            broken += [*outcome.violations.broken, *(["books_disagree"] if books.differences else [])]
        await self._tell_pay(hired)
        return Demonstrated(reports, sorted(set(broken)))

    async def _run(self, requester: Requester, chapter: Chapter, hired: Mapping[str, WorkerAccount]) -> Outcome:
        run = await self._order(requester, chapter)
        workers = self._workers(chapter)
        async with run.watched():
            tasks = await run.publish()
            self._say(f"  Published  {len(tasks)} tasks; {len(workers)} simulated workers begin")
            tally = await run.work(
                workers,
                tokens={worker.handle: hired[worker.handle].token for worker in workers},
                tasks_of={worker.handle: [task["id"] for task in tasks] for worker in workers},
                concurrency=CONCURRENCY,
            )
            self._say(f"  On the way {_on_the_way(tally, lease_s=chapter.lease_s)}")
            return await run.conclude(tally, folder=self._output / chapter.key)

    async def _order(self, requester: Requester, chapter: Chapter) -> JobRun:
        """Return a job on uploaded photographs that is funded and not yet published."""
        dataset_id = await requester.create_dataset(chapter.question)
        images = {photo.file: photo.image(self._folder) for photo in chapter.pictures}
        check_upright(chapter.pictures, await requester.upload_images(dataset_id, images), self._folder)
        n_turned = sum(photo.orientation != 1 for photo in chapter.pictures)
        self._say(
            f"  Uploaded   {len(images)} photographs; {n_turned} of them lie turned or mirrored in their file "
            "(EXIF orientation) and are kept upright"
        )
        job = await requester.draft_job(dataset_id, _draft(chapter))
        order = await requester.quote(job["id"])
        self._tell_quote(job, order)
        funded = await requester.fund(order)
        self._say(f"  Funded     {funded['funded']} {funded['currency']}: deposited, and set aside for this order")
        return JobRun(self._service, requester, job=job, order=order, say=self._say)

    def _workers(self, chapter: Chapter) -> list[SimulatedWorker]:
        """Return the workers of a chapter; who walks away only comes where leases are short."""
        truth = {photo.file: photo for photo in chapter.pictures}
        return [
            SimulatedWorker(
                character=character,
                annotation_type=chapter.annotation_type,
                classes=chapter.classes,
                truth=truth,
                rng=random.Random(f"{SEED} {chapter.key} {character.name}"),  # noqa: S311 -- errors to be repeated
            )
            for character in CHARACTERS
            if chapter.has_short_leases or not character.walks_away
        ]

    def _tell_quote(self, job: Json, order: Json) -> None:
        quote = order["quote"]
        self._say(
            f"  Quote      {quote['pay_per_answer']} {order['currency']} to a worker for an answer (about "
            f"{quote['effort_s']:.1f} s), {job['min_overlap']} to {job['max_overlap']} answers per photograph "
            f"until {job['target_confidence']:.0%} sure"
        )
        self._say(f"               {'':<14} {'by card':>9} {'at most':>9}")
        for line in quote["lines"]:
            self._say(f"               {line['name'].replace('_', ' '):<14} {line['expected']:>9} {line['cap']:>9}")
        self._say(f"               {'total':<14} {quote['expected_total']:>9} {quote['cap']:>9} {order['currency']}")
        self._say(
            f"               half of such orders cost at most {Decimal(quote['cost_p50']):.2f} {order['currency']}, "
            f"nine in ten at most {Decimal(quote['cost_p90']):.2f}"
        )

    def _tell(self, chapter: Chapter, outcome: Outcome, *, wall_s: float) -> Report:
        """Say how a chapter ended, and return its report."""
        documents = read_labels(self._output / chapter.key)
        concluded = exported_conclusions(chapter.truth, documents)
        report = make_report(outcome, bought=scores(concluded), everything={}, wall_s=wall_s)
        lines = [
            f"Answers    {report['answers']} counted, {report['answers_per_task']:.2f} per photograph",
            *_label_lines(chapter, concluded, documents, report),
            money_line(outcome.order),
            *check_lines(outcome),
            f"Files      {', '.join(str(path) for path in outcome.files)}",
        ]
        for line in lines:
            self._say(f"  {line}")
        return report

    async def _books(self, requester: Requester, order: Json, hired: Mapping[str, WorkerAccount]) -> Books:
        """Return the order's four books side by side, each asked of whom it belongs to."""
        api = requester.api
        invoices = [invoice async for invoice in api.items("invoices", order=order["id"])]
        transfers = [transfer async for transfer in api.items(f"orders/{order['id']}/transfers")]
        statements = [
            await self._service.as_user(account.token).get("statement", **WHOLE_TIME) for account in hired.values()
        ]
        return compare_books(order, invoices=invoices, transfers=transfers, statements=statements)

    async def _tell_pay(self, hired: Mapping[str, WorkerAccount]) -> None:
        """Say what each worker holds, asked with the worker's own token."""
        self._say("\nWhat the workers have earned")
        for character in CHARACTERS:
            balance = await self._service.as_user(hired[character.handle].token).get("balance")
            amounts = [f"{item['balance']} {item['currency']}" for item in balance["items"]] or ["nothing"]
            self._say(f"  {character.handle:<16} {character.manner:<28} {', '.join(amounts)}")


def check_upright(pictures: Sequence[Photo], assets: Sequence[Json], folder: Path) -> None:
    """Check that every photograph is kept upright, and that the service remembers how it lay."""
    by_name = {asset["external_id"]: asset for asset in assets}
    for photo in pictures:
        asset = by_name[photo.file]
        if [asset["width"], asset["height"]] != list(photo.size(folder)):
            raise DrivingError(f"{photo.file} is not upright: it is kept as {asset['width']} x {asset['height']}.")
        if asset["original_orientation"] != photo.orientation:
            raise DrivingError(f"{photo.file} lay in orientation {photo.orientation}; that was not noticed.")


def _on_the_way(tally: Tally, *, lease_s: int) -> str:
    skipped = f"{tally.n_skipped} {'task was' if tally.n_skipped == 1 else 'tasks were'} skipped and left to others"
    if not tally.n_abandoned:
        return skipped
    return f"{skipped}; a worker walked away from claimed tasks, and they went back to the others after {lease_s} s"


def _draft(chapter: Chapter) -> JobDraft:
    n_things = sum(len(photo.things) for photo in chapter.pictures)
    is_boxes = chapter.annotation_type == BOXES
    return JobDraft(
        name=f"Demo: {chapter.question}",
        annotation_type=chapter.annotation_type,
        classes=chapter.classes,
        guideline=chapter.guideline,
        min_overlap=2,
        max_overlap=5,
        units_per_asset=round(n_things / len(chapter.pictures), 2) if is_boxes else 1.0,
        lease_s=chapter.lease_s,
    )


def _label_lines(
    chapter: Chapter, concluded: Conclusions, documents: Mapping[str, Mapping[str, Any]], report: Report
) -> list[str]:
    """Compare the labels with the truth, and with what single answers were worth."""
    if chapter.annotation_type == BOXES:
        return [
            f"Labels     F1 against the truth {report['f1_50']:.2f} at IoU .50, {report['f1_75']:.2f} at IoU .75 "
            f"({sum(len(given) for given in chapter.gold.values())} things)"
        ]
    answers = [
        (answer["annotations"][0]["class"], photo.shows)
        for photo in chapter.pictures
        for answer in documents[photo.file]["answers"]
    ]
    single = sum(given == right for given, right in answers) / len(answers)
    labels = {name: given[0]["class"] if given else None for name, given in concluded.by_task.items()}
    wrong = [
        f"{photo.file} is called {labels[photo.file] or 'a tie'}"
        for photo in chapter.pictures
        if labels[photo.file] != photo.shows
    ]
    return [
        f"Labels     {len(labels) - len(wrong)} of {len(labels)} right against the truth; of single answers "
        f"{single:.0%} were right{': ' if wrong else ''}{'; '.join(wrong)}"
    ]


async def demonstrate(url: str, output: Path, say: Say) -> Demonstrated:
    """Play the demo against a running service."""
    async with Service(url, connections=CONCURRENCY + 4) as service:
        return await Demo(service, output, say).play()
