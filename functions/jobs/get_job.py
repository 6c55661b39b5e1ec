"""Look at a job.

`status` is queued, running, done, failed or cancelled. Of a job that is done `result` is what the request would have
answered, had it waited; of one that failed `error` says why. Only its owner sees it, and the result only as long as
they have access to the patient.
"""

from shared import jobs
from shared.http import Context, endpoint, signed_in
from shared.jobs import JobDetail


@endpoint("GET /jobs/{jobId}", access=signed_in, trips=3)
def get_job(ctx: Context, jobId: str) -> JobDetail:
    return jobs.show(ctx, jobId)
