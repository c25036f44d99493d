"""The messages of the engine: a slice of work on a job, which sends the next one itself."""

import logging
from time import monotonic
from typing import Any

from redis import RedisError

from jobs import engine, runner
from jobs.models import Job

logger = logging.getLogger(__name__)

AWAY_SECONDS = 3
"""How long a queue that did not take a message is left alone."""


def _step(queue: str, job_id: str, generation: int) -> None:
    """Goes on with the job where the queue is away: no other job's message comes either."""
    next_try = 0.0
    while runner.run_slice(job_id, generation):
        if monotonic() < next_try:
            continue
        try:
            _TASKS[queue](queue, job_id, generation)
            return
        except RedisError as error:
            logger.warning("queue is away, going on job=%s error=%s", job_id, error)
            next_try = monotonic() + AWAY_SECONDS


_TASKS: dict[str, Any] = {
    name: queue.task(name=f"step_{name}")(_step) for name, queue in engine.QUEUES.items()
}


def send(job: Job, queue: str) -> None:
    _TASKS[queue](queue, str(job.pk), job.generation)
