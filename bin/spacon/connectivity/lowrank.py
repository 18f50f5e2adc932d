"""Connectivity as a product of two thin matrices, which is never made as a whole."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from spacon.connectivity.forms import Connectivity, Entries, row_blocks

# Entries of a block, 32 MB: so many rows at once that reading the factors is little beside multiplying.
BLOCK_ENTRIES = 4_000_000


@dataclass(frozen=True)
class LowRank(Connectivity):
    """The product left @ right.T of n spots.

    Args:
        left, right: (n, r); spots of one place have the same rows, and a spot without a place zeros.
        place: of each spot (n,), below 0 where there is none; needed with `within` alone.
        within: what two spots of one place are to each other; None: what the product says.
    """

    left: np.ndarray
    right: np.ndarray
    place: np.ndarray | None = None
    within: float | None = None
    form = "a product of two thin matrices"

    @property
    def n(self) -> int:
        """How many spots there are."""
        return len(self.left)

    @property
    def held(self) -> int:
        """Bytes that it takes in memory."""
        return self.left.nbytes + (0 if self.right is self.left else self.right.nbytes)

    def rows(self, start: int, stop: int) -> np.ndarray:
        """Return the rows from start to stop, dense."""
        block = np.asarray(self.left[start:stop] @ self.right.T)
        if self.place is not None and self.within is not None:
            own = self.place[start:stop, None]
            block[(own == self.place) & (own >= 0)] = self.within
        return block

    def blocks(self, bound: float = -np.inf) -> list[tuple[int, int]]:
        """Return ranges of rows, each with about `BLOCK_ENTRIES` entries."""
        del bound
        return row_blocks(self.n, BLOCK_ENTRIES)

    def not_finite(self) -> Iterator[Entries]:
        """Yield the entries between two spots that are no finite number; nothing is multiplied if there can be none."""
        most = float(np.abs(self.left).max(initial=0)) * float(np.abs(self.right).max(initial=0)) * self.left.shape[1]
        if not most < np.finfo(np.result_type(self.left, self.right)).max:
            yield from super().not_finite()

    def between_places(self) -> float:
        """Return the largest entry between spots of two places, at least 0; needs `place`."""
        assert self.place is not None
        largest = 0.0
        for start, stop in self.blocks():
            block, own = self.left[start:stop] @ self.right.T, self.place[start:stop, None]
            largest = max(largest, float(block.max(where=own != self.place, initial=0)))
        return largest
