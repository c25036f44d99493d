"""The one message of the engine: a slice of work on a job, which sends the next one itself."""

from typing import Any

from jobs import engine, runner
from jobs.models import Job


def _step(queue: str, job_id: str, generation: int) -> None:
    if runner.run_slice(job_id, generation):
        _TASKS[queue](queue, job_id, generation)


_TASKS: dict[str, Any] = {
    name: queue.task(name=f"step_{name}")(_step) for name, queue in engine.QUEUES.items()
}


def send(job: Job, queue: str) -> None:
    _TASKS[queue](queue, str(job.pk), job.generation)
