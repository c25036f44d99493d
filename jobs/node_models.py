"""Who works on jobs, and what one of them does for all."""

from django.db import models


class WorkerNode(models.Model):
    """A process that works on jobs. Dead when `heartbeat` stands still, whatever any clock says."""

    id = models.CharField(primary_key=True, max_length=32)
    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    threads = models.PositiveSmallIntegerField(default=1)
    """Items that it works on at the same time."""
    heartbeat = models.BigIntegerField(default=0)
    started_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}"


class Duty(models.Model):
    """Something that one node at a time does for all, such as watching a folder."""

    name = models.CharField(primary_key=True, max_length=100)
    owner = models.CharField(max_length=32)
    """The node. Void where that has no row any more."""

    def __str__(self) -> str:
        return f"{self.name}: {self.owner}"
