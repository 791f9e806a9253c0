"""Which run a request speaks of."""

from rest_framework.request import Request

from labeling.models import LabelingJob
from marketplace.operations.api.paging import parse_id
from quality.errors import NoConsensusYet
from quality.models import ConsensusRun


def run_of(request: Request, job: LabelingJob) -> ConsensusRun:
    """Return the run that the parameter `run` names, the latest of the job unless given.

    Raises
    ------
    NoConsensusYet
        The job has no run, or not this one.
    """
    runs = job.consensus_runs.order_by("-number")
    asked = request.query_params.get("run")
    run = runs.first() if asked is None else runs.filter(pk=parse_id(asked, field="run")).first()
    if run is None:
        raise NoConsensusYet("The job's labels have not been concluded.")
    return run
