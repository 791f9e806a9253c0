"""The requester's side: from an account to funded, published work, and to the files at the end."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar

import aiohttp

from marketplace.management.driving.client import Api, Service, new_key
from marketplace.management.driving.errors import ApiProblem, DrivingError, Stalled

WORKERS_AT_ONCE = 500
ASSETS_AT_ONCE = 1_000
OFFERS_AT_ONCE = 2_000
IMAGES_AT_ONCE = 5
ASK_EVERY_S = 0.2
WAIT_S = 120.0

T = TypeVar("T")
Json = dict[str, Any]


@dataclass(frozen=True)
class Account:
    """Somebody who can sign in."""

    user_id: str
    email: str
    password: str
    api: Api


@dataclass(frozen=True)
class WorkerAccount:
    """Somebody of a private workforce, who has a token and no password."""

    user_id: str
    token: str


@dataclass(frozen=True)
class Image:
    """An image file."""

    content: bytes
    content_type: str


@dataclass(frozen=True)
class JobDraft:
    """What a requester wants to be done; `kinds` are those of classes that are no things."""

    name: str
    annotation_type: str
    classes: Sequence[str]
    guideline: str
    min_overlap: int
    max_overlap: int
    units_per_asset: float = 1.0
    lease_s: int = 120
    by_offer_only: bool = False
    target_confidence: float | None = None
    kinds: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Offer:
    """A task that a worker may have; lower ranks come first."""

    worker_id: str
    task_id: str
    rank: int


async def open_account(service: Service, *, display_name: str, email: str = "", password: str = "") -> Account:
    """Register somebody under a new address and sign in."""
    email = email or f"{display_name.split(maxsplit=1)[0].lower()}-{secrets.token_hex(6)}@example.org"
    password = password or secrets.token_urlsafe(18)
    try:
        await service.as_user().post("accounts", {"email": email, "password": password, "display_name": display_name})
    except ApiProblem as problem:
        if problem.code != "email_taken":  # our own first attempt, whose answer was lost
            raise
    return await sign_in(service, email=email, password=password)


async def sign_in(service: Service, *, email: str, password: str) -> Account:
    """Return the account behind an address and its password."""
    token = await service.as_user().post("tokens", {"email": email, "password": password, "name": "driving client"})
    api = service.as_user(token["token"])
    me = await api.get("me")
    return Account(user_id=me["id"], email=email, password=password, api=api)


class Requester:
    """An organization, and the person who orders for it."""

    def __init__(self, account: Account, organization_id: str) -> None:
        self.account = account
        self.api = account.api
        self.organization_id = organization_id

    @classmethod
    async def founded(cls, account: Account, *, name: str) -> Requester:
        """Return a new organization of this person."""
        organization = await account.api.post("organizations", {"name": name})
        return cls(account, organization["id"])

    async def hire(self, handles: Sequence[str]) -> dict[str, WorkerAccount]:
        """Create the accounts of a private workforce, by handle."""
        hired: dict[str, WorkerAccount] = {}
        for chunk in _chunks(handles, WORKERS_AT_ONCE):
            hired |= await self._hire_chunk(chunk)
        return hired

    async def _hire_chunk(self, handles: Sequence[str]) -> dict[str, WorkerAccount]:
        """Create some accounts; where the answer with their tokens was lost on the way, create others."""
        path = f"organizations/{self.organization_id}/workers"
        suffix = ""
        while True:
            try:
                answer = await self.api.post(path, {"handles": [handle + suffix for handle in handles]})
                break
            except ApiProblem as problem:
                if problem.code != "already_done":
                    raise
                suffix = f"-{secrets.token_hex(3)}"
        refused = [item for item in answer["items"] if item.get("error")]
        if refused:
            raise DrivingError(f"No account for {refused[0]['handle']}: {refused[0]['error']['detail']}")
        return {
            handle: WorkerAccount(user_id=item["id"], token=item["token"])
            for handle, item in zip(handles, answer["items"], strict=True)
        }

    async def create_dataset(self, name: str) -> str:
        """Return the id of a new dataset."""
        dataset = await self.api.post("datasets", {"organization": self.organization_id, "name": name})
        return str(dataset["id"])

    async def add_external_assets(self, dataset_id: str, assets: Sequence[Json]) -> None:
        """Refer to assets whose bytes are elsewhere."""
        for chunk in _chunks(assets, ASSETS_AT_ONCE):
            answer = await self.api.post(f"datasets/{dataset_id}/external-assets", {"assets": list(chunk)})
            require_created(answer["items"])

    async def upload_images(self, dataset_id: str, images: Mapping[str, Image]) -> list[Json]:
        """Upload images under these external ids, and return the assets."""
        assets = []
        for names in _chunks(list(images), IMAGES_AT_ONCE):
            make_form = partial(_form, {name: images[name] for name in names})
            answer = await self.api.upload(f"datasets/{dataset_id}/images", make_form)
            require_created(answer["items"])
            assets += [item["asset"] for item in answer["items"]]
        return assets

    async def draft_job(self, dataset_id: str, draft: JobDraft) -> Json:
        """Draft a job in a project of its own."""
        project = await self.api.post("projects", {"organization": self.organization_id, "name": draft.name})
        classes = [{"name": name, "kind": draft.kinds.get(name, "thing")} for name in draft.classes]
        ontology = await self.api.post(f"projects/{project['id']}/ontologies", {"classes": classes})
        guideline = await self.api.post(f"projects/{project['id']}/guidelines", {"text": draft.guideline})
        target = {} if draft.target_confidence is None else {"target_confidence": draft.target_confidence}
        job: Json = await self.api.post(
            "jobs",
            {
                "ontology": ontology["id"],
                "guideline": guideline["id"],
                "dataset": dataset_id,
                "name": draft.name,
                "annotation_type": draft.annotation_type,
                "min_overlap": draft.min_overlap,
                "max_overlap": draft.max_overlap,
                "units_per_asset": draft.units_per_asset,
                "lease_s": draft.lease_s,
                "workforce": "private",
                "by_offer_only": draft.by_offer_only,
                **target,
            },
        )
        return job

    async def quote(self, job_id: str) -> Json:
        """Open an order for a job and have it priced."""
        order = await self.api.post("orders", {"job": job_id})
        quoted: Json = await self.api.post(f"orders/{order['id']}/quote")
        return quoted

    async def fund(self, order: Json) -> Json:
        """Deposit what the order may cost at most, and fund it."""
        quote = order["quote"]
        deposit = {"organization": self.organization_id, "amount": quote["cap"], "currency": order["currency"]}
        await self.api.post("deposits", deposit, key=new_key())
        funded: Json = await self.api.post(f"orders/{order['id']}/fund", key=new_key())
        return funded

    async def publish(self, order_id: str) -> None:
        """Have the tasks made and the job opened."""
        operation = await self.api.post(f"orders/{order_id}/publish", key=new_key())
        await self.finish(operation["id"])

    async def finish(self, operation_id: str) -> Json:
        """Wait for long work to succeed.

        Raises
        ------
        DrivingError
            It failed.
        Stalled
            It made no progress for `WAIT_S`.
        """
        moved_at, percent = time.monotonic(), -1
        while True:
            operation: Json = await self.api.get(f"operations/{operation_id}")
            if operation["state"] == "succeeded":
                return operation
            if operation["state"] in {"failed", "cancelled"}:
                raise DrivingError(f"The {operation['kind']} {operation['state']}: {operation['error']}.")
            if operation["percent"] != percent:
                moved_at, percent = time.monotonic(), operation["percent"]
            if time.monotonic() - moved_at > WAIT_S:
                raise Stalled(f"The {operation['kind']} has stood at {percent} % for {WAIT_S:.0f} s.")
            await asyncio.sleep(ASK_EVERY_S)

    async def tasks(self, job_id: str, **filters: str) -> list[Json]:
        """Return all tasks of a job that fit."""
        return [task async for task in self.api.items(f"jobs/{job_id}/tasks", **filters)]

    async def offer(self, job_id: str, offers: Iterable[Offer]) -> int:
        """Offer tasks to workers and return how many offers stand."""
        n_given = 0
        for chunk in _chunks(list(offers), OFFERS_AT_ONCE):
            sent = [{"worker": offer.worker_id, "task": offer.task_id, "rank": offer.rank} for offer in chunk]
            answer = await self.api.post(f"jobs/{job_id}/offers", {"offers": sent})
            if answer["items"]:
                raise DrivingError(f"An offer was refused: {answer['items'][0]['problem']['detail']}")
            n_given += answer["given"]
        return n_given

    async def settled(self, order_id: str) -> Json:
        """Wait until the books of an order are closed."""
        since = time.monotonic()
        while True:
            order: Json = await self.api.get(f"orders/{order_id}")
            if order["state"] == "settled":
                return order
            if time.monotonic() - since > WAIT_S:
                raise Stalled(f"The order is still {order['state']}, {WAIT_S:.0f} s after its job ended.")
            await asyncio.sleep(ASK_EVERY_S)

    async def release(self, job_id: str, formats: Sequence[str]) -> Json:
        """Have the labels exported and return the sealed release."""
        asked = await self.api.post(f"jobs/{job_id}/releases", {"formats": list(formats)})
        await self.finish(asked["operation"])
        sealed: Json = await self.api.get(f"releases/{asked['id']}")
        return sealed


def money(order: Mapping[str, Any], name: str) -> Decimal:
    """Return an amount of an order; what is not known yet counts as nothing."""
    return Decimal(order[name] or "0")


def require_created(items: Iterable[Json]) -> None:
    """Check a bulk answer item by item."""
    for item in items:
        if item["status"] != "created":
            raise DrivingError(f"Asset {item['index']} was refused: {item['problem']['detail']}")


def _form(images: Mapping[str, Image]) -> aiohttp.FormData:
    form = aiohttp.FormData()
    for name, image in images.items():
        form.add_field("file", image.content, filename=name, content_type=image.content_type)
        form.add_field("external_id", name)
    return form


def _chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))
