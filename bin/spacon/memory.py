"""Memory: what this process may use, asked before what it needs, and refused where it is not there.

What each stage needs is in its wing's `memory.py`, from the `Size` of a sample: each function adds up the arrays that
live at once at the stage's peak, beside the libraries that it loads. The factors were fitted to measured peaks and err
upwards (docs/benchmarks). All numbers are bytes.
"""

from dataclasses import dataclass
from pathlib import Path

from spacon.errors import InputError

GB = 10**9
FLOAT = 4


@dataclass(frozen=True)
class Size:
    """How large a sample is.

    Args:
        spots: how many.
        genes: of the expression, those that the model takes.
        expression: bytes of the expression as it is stored.
        spatial_edges: of the spatial graph, at most.
        connections: edges of the connection graph, at most; where it is factored, pairs of regions.
    """

    spots: int
    genes: int
    expression: int
    spatial_edges: int
    connections: int

    @property
    def dense(self) -> int:
        """Bytes of the expression as a dense matrix."""
        return self.spots * self.genes * FLOAT


def available() -> int:
    """Return the memory that this process may use at most: the machine's, or its container's or job's limit."""
    pages = Path("/proc/meminfo")
    machine = int(pages.read_text().split()[1]) * 1024 if pages.exists() else None
    return min(limit for limit in (machine, *_limits(), 2**62) if limit is not None)


def _limits() -> list[int]:
    """Return the limits that control groups, of either version, set for this process."""
    membership = Path("/proc/self/cgroup")
    limits = []
    for line in membership.read_text().splitlines() if membership.exists() else ():
        _, controllers, group = line.split(":", 2)
        if controllers not in ("", "memory"):
            continue
        root, name = Path("/sys/fs/cgroup"), "memory.max"
        if controllers:
            root, name = root / "memory", "memory.limit_in_bytes"
        here = root / group.lstrip("/")
        for folder in (here, *here.parents):
            file = folder / name
            if file.is_file() and (text := file.read_text().strip()).isdigit():
                limits.append(int(text))
    return limits


def require(what: str, need: int, remedy: str) -> None:
    """Refuse what would be killed for its memory.

    Raises:
        InputError: more is needed than this process may use.
    """
    limit = available()
    if need > limit:
        raise InputError(
            f"{what} needs about {need / GB:,.1f} GB of memory, but only {limit / GB:.1f} GB is available here: "
            f"{remedy}, or give it more (docs/running.md, 'Memory and time')"
        )
