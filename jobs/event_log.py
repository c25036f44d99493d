"""The Job table as django-eventstream's event log: compacted, so it never grows or is trimmed."""

import json

from django_eventstream.event import Event
from django_eventstream.storage import StorageBase

from jobs.events import job_payload, job_updated
from jobs.models import Job, Revision


class JobLog(StorageBase):  # type: ignore[misc]
    def append_event(self, channel: str, event_type: str, data: str) -> Event:
        """Store nothing: the transaction that changed the job has. `data` is JSON text."""
        return Event(channel, event_type, data, id=json.loads(data)["data"]["revision"])

    def get_events(self, channel: str, last_id: int, limit: int = 100) -> list[Event]:
        """The present state of each job that changed after `last_id`, by revision."""
        return [
            Event(channel, "job_updated", job_updated(job_payload(job)), id=job.revision)
            for job in Job.objects.announced().changed_since(last_id)[:limit]
        ]

    def get_current_id(self, channel: str) -> int:
        return Revision.current()
