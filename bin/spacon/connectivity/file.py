"""Connectivity of the spots from a file: a matrix, or time series whose correlations are one."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from spacon.connectivity.correlation import Correlations, correlations, oriented, partial_correlations
from spacon.connectivity.matching import Matched, matched, places_of
from spacon.connectivity.meaning import meant
from spacon.memory import require
from spacon.parameters import ConnectivitySource
from spacon.readers.file import read_series, read_table
from spacon.readers.table import Series, Table, check_no_variable


def read_connectivity(path: Path, spots: pd.DataFrame, source: ConnectivitySource, of: str) -> Matched:
    """Read a file of connectivity and match its rows to spots; arguments and errors as `read_table` and `matched`."""
    if source.time_series is None:
        found = matched(read_table(path, source.connectivity_variable), spots, source, path.name, of)
    else:
        check_no_variable(source.connectivity_variable, path.name)
        found = matched_series(read_series(path), spots, source, path.name, of)
    return replace(found, connectivity=meant(found.connectivity, source))


def matched_series(found: Series, spots: pd.DataFrame, source: ConnectivitySource, file: str, of: str) -> Matched:
    """Match time series to spots as `matched` does rows; connectivity is their correlation.

    Between spots, Pearson's and lagged correlations are never made as a whole; between regions, and as partial ones,
    they are.
    """
    values = oriented(found, len(spots) if source.region_key is None else None, file)
    m = len(values)
    if source.time_series == "partial":
        require(f"{file}: partial correlations of {m:,} places", 40 * m**2, "bring fewer places")
        partial = partial_correlations(values, file)
        return _with_silent(matched(Table(partial, found.names), spots, source, file, of), partial, file)
    product = correlations(values, source.lag if source.time_series == "lagged" else None, file)
    if source.region_key is not None:
        require(f"{file}: correlations between {m:,} regions", 8 * m**2, "bring fewer regions")
        by_region = matched(Table(product.rows(0, m), found.names), spots, source, file, of)
        return _with_silent(by_region, product.left, file)
    if found.names is None:
        return _with_silent(Matched(product, "order", np.arange(m)), product.left, file)
    place, notes = places_of(found.names, spots, file)
    left, right = (np.where((place < 0)[:, None], 0, part[place]) for part in (product.left, product.right))
    chosen = Correlations(left, left if product.right is product.left else right)
    return _with_silent(Matched(chosen, "names of spots", place, notes), product.left, file)


def _with_silent(found: Matched, varying: np.ndarray, file: str) -> Matched:
    """Return the same with the spots counted whose row of `varying` (m, any) is 0, as their series never varies."""
    silent = int(np.isin(found.place, np.flatnonzero(~np.any(varying, axis=1))).sum())
    if not silent:
        return found
    note = (
        f"{silent:,} of {len(found.place):,} spots have a time series in {file} that never varies or has no numbers, "
        "and no connections"
    )
    return replace(found, silent=silent, notes=[*found.notes, note])
