"""Connectivity of the spots from a file: a matrix, or time series whose correlations are one."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from spacon.connectivity.correlation import Correlations, correlations, oriented, partial_correlations
from spacon.connectivity.forms import Factored
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
    by_spot = source.region_key is None
    values = oriented(found, len(spots) if by_spot else None, file)
    lag = source.lag if source.time_series == "lagged" else None
    if source.time_series == "partial":
        places = len(values)
        require(f"{file}: partial correlations of {places:,} places", 40 * places**2, "bring fewer places")
        partial = partial_correlations(values, file)
        return _with_silent(matched(Table(partial, found.names), spots, source, file, of), file)
    product = correlations(values, lag, file)
    if not by_spot or found.names is None:
        places = len(values)
        if by_spot:
            return _with_silent(Matched(product, "order"), file)
        require(f"{file}: correlations between {places:,} regions", 8 * places**2, "bring fewer regions")
        return _with_silent(matched(Table(product.rows(0, places), found.names), spots, source, file, of), file)
    place, notes = places_of(found.names, spots, file)
    left, right = (np.where((place < 0)[:, None], 0, part[place]) for part in (product.left, product.right))
    chosen = Correlations(left, left if product.right is product.left else right)
    return _with_silent(Matched(chosen, "names of spots", int((place < 0).sum()), notes), file)


def _with_silent(found: Matched, file: str) -> Matched:
    """Return the same with the spots counted whose series never varies, who are connected with none."""
    connectivity = found.connectivity
    if isinstance(connectivity, Correlations):
        own = np.einsum("ij,ij->i", connectivity.left, connectivity.left)
    elif isinstance(connectivity, Factored):
        own = np.abs(connectivity.values).max(axis=1)[connectivity.index]
    else:
        own = np.array([np.abs(connectivity.rows(row, row + 1)).max() for row in range(connectivity.n)])
    silent = int((own == 0).sum()) - found.outside
    if not silent:
        return found
    note = (
        f"{silent:,} of {connectivity.n:,} spots have a time series in {file} that never varies or has no numbers, "
        "and no connections"
    )
    return replace(found, outside=found.outside + silent, notes=[*found.notes, note])
