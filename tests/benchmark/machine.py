"""The machine: what it is, and how much of it others use during a measurement."""

import os
import platform
import resource
import subprocess
import time
from importlib.metadata import version
from pathlib import Path

import settings

PACKAGES = ("torch", "torch-geometric", "scanpy", "anndata", "numpy", "scipy", "igraph")


def describe(peer: Path) -> dict[str, object]:
    """Return what is measured on, and the versions of both environments; `peer` is the peer's Python."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    ask = f"from importlib.metadata import version as v; print(*[v(n) for n in {(*PACKAGES, 'spacon')!r}])"
    theirs = subprocess.run([peer, "-c", ask], check=True, capture_output=True, text=True).stdout.split()
    return {
        "processor": next(line.split(":")[1].strip() for line in lines if line.startswith("model name")),
        "cores": os.cpu_count(),
        "threads": settings.THREADS,
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "date": time.strftime("%Y-%m-%d"),
        "ours": {name: version(name) for name in PACKAGES},
        "peer": dict(zip((*PACKAGES, "spacon"), theirs, strict=True)),
    }


class Others:
    """The share of the processor, 0 to 1, that went to others than this process's children during its `with` block."""

    share: float

    def __enter__(self) -> "Others":
        self.before = self._seconds()
        return self

    def __exit__(self, *_: object) -> None:
        busy, there, own = (now - was for now, was in zip(self._seconds(), self.before, strict=True))
        self.share = max(0.0, (busy - own) / there)

    @staticmethod
    def _seconds() -> tuple[float, float, float]:
        """Return the seconds all processors were busy, were there, and worked for this process's children."""
        times = [int(word) / os.sysconf("SC_CLK_TCK") for word in Path("/proc/stat").read_text().split()[1:9]]
        idle = times[3] + times[4]  # waiting for a disk counts as idle
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return sum(times) - idle, sum(times), children.ru_utime + children.ru_stime
