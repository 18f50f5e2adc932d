"""Whether training went on for long enough, from its history."""

import math

import pandas as pd


def late_fall(history: pd.DataFrame) -> float | None:
    """Return which share of the error's whole fall came in the last tenth of the epochs: the largest of all seeds.

    With errors m_1 ... m_e of one seed and t = ceil(e / 10), it is (m_(e - t) - m_e) / (m_1 - m_e); at least 0.

    Args:
        history: one row per seed and epoch, with `seed`, `epoch` and `mean_squared_error`.

    Returns:
        A share of 0 to 1, or None with fewer than three epochs, or where the error of no seed fell.
    """
    shares = []
    for _, rows in history.sort_values("epoch").groupby("seed"):
        errors = rows["mean_squared_error"].to_numpy()
        whole = errors[0] - errors[-1]
        if len(errors) >= 3 and whole > 0:
            shares.append(min(1.0, max(0.0, float((errors[-1 - math.ceil(len(errors) / 10)] - errors[-1]) / whole))))
    return max(shares, default=None)
