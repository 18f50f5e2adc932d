"""Many ranges of whole numbers in one array, which a loop over them would make one by one."""

import numpy as np


def ranges(start: np.ndarray | int, count: np.ndarray) -> np.ndarray:
    """Return start[i], start[i] + 1, ..., start[i] + count[i] - 1 for every i, one range after the other."""
    before = np.cumsum(count) - count
    return np.arange(count.sum()) + np.repeat(start - before, count)
