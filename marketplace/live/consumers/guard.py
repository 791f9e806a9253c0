"""Whether what opened a socket still would, asked for many sockets at once."""

import asyncio
from collections import defaultdict
from collections.abc import Set
from uuid import UUID

from django.utils import timezone

from labeling.models import LabelingJob
from marketplace.live.consumers.asgi import in_database
from marketplace.live.consumers.credentials import Credential
from marketplace.live.consumers.refusals import NO_LONGER_VISIBLE, SIGNED_OUT, Closing

GATHER_S = 0.5

Watch = tuple[Credential, UUID]


class Guard:
    """Gathers the questions of a moment and asks the database in one go."""

    def __init__(self) -> None:
        self._asked: set[Watch] = set()
        self._round: asyncio.Task[dict[Watch, Closing]] | None = None

    async def look_again(self, credential: Credential, job_id: UUID) -> Closing | None:
        """Return why a socket on this job must end, if it must."""
        if self._round is None:
            self._round = asyncio.create_task(self._ask())
        self._asked.add((credential, job_id))
        # A socket that ends meanwhile must not take the others' answer with it.
        endings = await asyncio.shield(self._round)
        return endings.get((credential, job_id))

    async def _ask(self) -> dict[Watch, Closing]:
        await asyncio.sleep(GATHER_S)
        asked, self._asked, self._round = self._asked, set(), None
        return await _endings(asked)


@in_database
def _endings(watches: Set[Watch]) -> dict[Watch, Closing]:
    jobs_of: defaultdict[Credential, set[UUID]] = defaultdict(set)
    for credential, job_id in watches:
        jobs_of[credential].add(job_id)
    endings: dict[Watch, Closing] = {}
    for credential, job_ids in jobs_of.items():
        user = credential.user(timezone.now())
        if user is None:
            endings |= {(credential, job_id): SIGNED_OUT for job_id in job_ids}
            continue
        visible = LabelingJob.objects.visible_to(user).filter(pk__in=job_ids).values_list("pk", flat=True)
        endings |= {(credential, job_id): NO_LONGER_VISIBLE for job_id in job_ids.difference(visible)}
    return endings
