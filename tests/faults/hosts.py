"""The desk on one host or on several: each has web, worker and beat, at a loopback address of its own.

They share one PostgreSQL, one Valkey and the folder of documents, as real hosts do. A balancer is in front of the web
processes; nobody kills it.
"""

from dataclasses import dataclass
from pathlib import Path

from tests.sandbox.control import Sandbox
from tests.stack import Process, Stack


@dataclass
class Host:
    """The processes of one host, which die together."""

    name: str
    processes: list[Process]
    back_at: float = 0.0  # it stays away until then

    def alive(self) -> bool:
        return any(process.alive() for process in self.processes)


class Hosts(Stack):
    """A stack whose processes are on so many hosts."""

    def __init__(
        self, directory: Path, database_url: str, redis_url: str, sandbox: Sandbox, port: int, count: int
    ) -> None:
        super().__init__(directory, database_url, redis_url, sandbox, port)
        self.hosts = [Host("127.0.0.1", self.processes)]
        self.others: list[Process] = []
        if count > 1:
            addresses = [f"127.0.0.{2 + n}" for n in range(count)]
            self.hosts = [self.host(address, directory) for address in addresses]
            front = ["tests.faults.balancer", str(port), *addresses]
            self.others = [Process("balancer", front, self.environment, directory / "balancer.log")]
        self.processes = [
            *self.others,
            *(process for host in self.hosts for process in host.processes),
        ]

    def host(self, address: str, directory: Path) -> Host:
        """Return the same processes at another address."""
        there = f"{address}:{self.port}"
        made = []
        for process in (self.web, self.worker, self.beat):
            arguments = [there if one == f"127.0.0.1:{self.port}" else one for one in process.arguments]
            if process is self.worker:
                arguments += ["--hostname", f"celery@{address}"]
            name = f"{process.name}@{address}"
            made.append(Process(name, arguments, self.environment, directory / f"{name}.log"))
        return Host(address, made)

    def of(self, role: str) -> list[Process]:
        """Return the processes that are web, worker or beat, one for each host."""
        return [process for process in self.processes if role_of(process) == role]

    def is_ready(self, process: Process) -> bool:
        """Say whether a process listens, consumes or ticks, by its log."""
        says = {"worker": " ready.", "beat": "beat: Starting", "web": "Booting worker"}
        return says.get(role_of(process), "") in process.log_text()


def role_of(process: Process) -> str:
    return process.name.partition("@")[0]
