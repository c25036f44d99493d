"""Two servers and two workers, each a process with a data folder of its own."""

from dataclasses import dataclass, field
from pathlib import Path

from tests import services
from tests.launching import Process
from tests.scaleout.proxy import Proxy
from tests.serving import DataFolder, Site, first_line, kill, launch, site_of, stop


@dataclass
class Cluster:
    folder: Path
    settings: dict[str, str]
    redis: Proxy
    postgresql: Proxy
    servers: list[Site] = field(default_factory=list)
    workers: list[Process] = field(default_factory=list)
    _started: int = 0

    def start(self) -> None:
        """All at once: most of the time goes into imports."""
        begun = [self._launch("serve", "--no-worker", "--port", "0") for _ in range(2)]
        self.start_workers(2)
        self.servers = [site_of(process, data) for process, data in begun]

    def start_workers(self, count: int) -> None:
        begun = [self._launch("jobworker", "--workers", "2")[0] for _ in range(count)]
        self.workers += begun
        for process in begun:
            assert first_line(process), self.log()

    def kill_worker(self) -> Process:
        """As `kill -9` does."""
        victim = self.workers.pop()
        kill(victim)
        return victim

    def processes(self) -> list[Process]:
        return [*(site.process for site in self.servers), *self.workers]

    def log(self) -> str:
        """What all processes wrote to their standard error."""
        return "".join(file.read_text() for file in sorted(self.folder.glob("*.log")))

    def stop(self) -> None:
        for process in self.processes():
            process.terminate()
        for process in self.processes():
            stop(process)

    def _launch(self, *arguments: str) -> tuple[Process, DataFolder]:
        self._started += 1
        data = DataFolder(self.folder / str(self._started), services.token(), self.settings)
        return launch(data, *arguments), data
