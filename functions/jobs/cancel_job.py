"""Cancel a job.

Its owner may, until it has ended. Work that is under way is given up and writes nothing.
"""

from shared import jobs
from shared.errors import AlreadyDone
from shared.http import Context, endpoint, signed_in
from shared.jobs import JobOut


@endpoint("DELETE /jobs/{jobId}", access=signed_in, errors=[AlreadyDone])
def cancel_job(ctx: Context, jobId: str) -> JobOut:
    job = jobs.cancel(ctx, jobId)
    return JobOut(job_id=job.id, status=job.status)
