"""Demo accounts and a job to look at, made over HTTP; making them again changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from marketplace.management.driving import photos
from marketplace.management.driving.client import Service
from marketplace.management.driving.errors import ApiProblem, DrivingError
from marketplace.management.driving.recording import CLASSIFICATION
from marketplace.management.driving.requester import Account, JobDraft, Requester, open_account

ORGANIZATION = "Demo studio"
JOB = "What does the photograph show?"
DOMAIN = "demo.example.org"
ROLES = {"manager": "manager", "reviewer": "reviewer", "worker-1": "worker", "worker-2": "worker"}
REQUESTER = "requester"


@dataclass(frozen=True)
class Login:
    """Somebody who can sign in now."""

    role: str
    email: str
    password: str


def email_of(name: str) -> str:
    """Return the address of a demo account."""
    return f"{name}@{DOMAIN}"


async def seed(url: str, password_of: Callable[[str], str]) -> list[Login]:
    """Make what is missing of the demo accounts, their organization and its job, and return the logins.

    Raises
    ------
    DrivingError
        An account has another password than the one it was made with.
    """
    async with Service(url, connections=4) as service:
        accounts = {name: await _account(service, name, password_of) for name in (REQUESTER, *ROLES)}
        requester = await _requester(accounts[REQUESTER])
        for name, role in ROLES.items():
            await _give_role(requester, accounts[name], role)
        await _give_job(requester)
    return [
        Login(role=ROLES.get(name, "requester and manager"), email=account.email, password=account.password)
        for name, account in accounts.items()
    ]


async def _account(service: Service, name: str, password_of: Callable[[str], str]) -> Account:
    email = email_of(name)
    try:
        title = name.replace("-", " ").capitalize()
        return await open_account(service, display_name=f"Demo {title}", email=email, password=password_of(email))
    except ApiProblem as problem:
        if problem.code != "bad_credentials":
            raise
        raise DrivingError(f"{email} exists with another password: `make clean` starts afresh.") from problem


async def _requester(account: Account) -> Requester:
    me = await account.api.get("me")
    for membership in me["memberships"]:
        if membership["organization"]["name"] == ORGANIZATION and membership["role"] == "manager":
            return Requester(account, membership["organization"]["id"])
    return await Requester.founded(account, name=ORGANIZATION)


async def _give_role(requester: Requester, account: Account, role: str) -> None:
    """Invite somebody and let them accept, unless they have the role."""
    home = requester.organization_id
    me = await account.api.get("me")
    if any((held["organization"]["id"], held["role"]) == (home, role) for held in me["memberships"]):
        return
    try:
        await requester.api.post(f"organizations/{home}/members", {"email": account.email, "role": role})
    except ApiProblem as problem:
        if problem.code != "already_invited":
            raise
    async for invitation in account.api.items("invitations"):
        if (invitation["organization"]["id"], invitation["role"]) == (home, role):
            await account.api.post(f"invitations/{invitation['id']}/accept")


async def _give_job(requester: Requester) -> None:
    """Publish a small job, unless one of it is open."""
    async for job in requester.api.items("jobs", organization=requester.organization_id, state="open"):
        if job["name"] == JOB:
            return
    folder = photos.photo_folder()
    dataset_id = await requester.create_dataset("Photographs")
    await requester.upload_images(dataset_id, {photo.file: photo.image(folder) for photo in photos.ALL})
    job = await requester.draft_job(
        dataset_id,
        JobDraft(
            name=JOB,
            annotation_type=CLASSIFICATION,
            classes=sorted({photo.shows for photo in photos.ALL}),
            guideline="Choose the one class that fits the photograph as a whole.",
            min_overlap=2,
            max_overlap=5,
            lease_s=600,
        ),
    )
    order = await requester.quote(job["id"])
    await requester.fund(order)
    await requester.publish(order["id"])
