"""Connectivity of the spots from its file, or two: a matrix, time series, or a product of thin matrices of either."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from spacon.connectivity.correlation import (
    Correlations,
    correlations,
    movie_correlations,
    oriented,
    partial_correlations,
)
from spacon.connectivity.lowrank import LowRank
from spacon.connectivity.matching import Matched, matched
from spacon.connectivity.meaning import check_meaning, meant
from spacon.connectivity.places import places_of
from spacon.counts import of_all
from spacon.errors import InputError, about
from spacon.memory import require
from spacon.parameters import ConnectivitySource
from spacon.readers.file import read_series, read_table
from spacon.readers.product import read_product
from spacon.readers.table import Product, Series, Table, check_no_variable


def read_connectivity(paths: Sequence[Path], spots: pd.DataFrame, source: ConnectivitySource, of: str) -> Matched:
    """Read connectivity and match its rows to spots; arguments and errors as `read_found` and `matched`."""
    found, file = read_found(paths, source), called(paths)
    if isinstance(found, Product):
        matching = matched_product(found, spots, source, file, of)
    elif isinstance(found, Series):
        matching = matched_series(found, spots, source, file, of)
    else:
        matching = matched(found, spots, source, file, of)
    with about(file):
        meaning = meant(matching.connectivity, source)
    return replace(matching, connectivity=meaning, notes=[*found.notes, *matching.notes])


def called(paths: Sequence[Path]) -> str:
    """Return what messages call connectivity: by the name of its file, or the names of both."""
    return " and ".join(path.name for path in paths)


def read_found(paths: Sequence[Path], source: ConnectivitySource) -> Table | Series | Product:
    """Read a file of a matrix or of time series, or the two whose product they are.

    Raises:
        InputError: more than two files; as `read_table`, `read_series` and `read_product`.
    """
    check_meaning(source)
    if len(paths) == 2:
        check_no_variable(source.connectivity_variable, called(paths))
        return read_product(paths, source.time_series is not None)
    if len(paths) != 1:
        raise InputError(f"connectivity is in one file, or in two whose product it is; there are {len(paths)}")
    reader = read_table if source.time_series is None else read_series
    return reader(paths[0], source.connectivity_variable)


def matched_product(found: Product, spots: pd.DataFrame, source: ConnectivitySource, file: str, of: str) -> Matched:
    """Match the places of a product to spots as `matched` does rows; neither it nor one of regions is made as a whole.

    Raises:
        InputError: as `matched`; partial correlations, of which there are none; or numbers are missing.
    """
    m, components = found.left.shape
    if source.time_series == "partial":
        raise InputError(
            f"{file}: there are no partial correlations of {m:,} time series that all follow from {components:,} "
            "components: set --time_series pearson"
        )
    by, place, notes = places_of(found.names, m, spots, source, file, of)
    require(f"{file}: {components:,} components of {len(place):,} spots", 32 * len(place) * components, "bring fewer")
    left = _rows(found.left, place)
    if source.time_series is None:
        whole = LowRank(left, _rows(found.right.T, place), place)
        return Matched(_with_diagonal(whole, source), by, place, notes, rows=m, image=found.image)
    lag = source.lag if source.time_series == "lagged" else None
    product = movie_correlations(_without_gaps(left, place, file), found.right, lag, file)
    silent = ~np.any(product.left, axis=1)
    whole = _with_diagonal(replace(product, place=place), source)
    matching = Matched(whole, by, place, notes, rows=m, image=found.image)
    return _with_silent(matching, silent, file)


def _rows(values: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Return the rows at these places, zeros for one below 0."""
    rows = np.asarray(values[np.maximum(place, 0)])
    rows[place < 0] = 0
    return rows


def _without_gaps(left: np.ndarray, place: np.ndarray, file: str) -> np.ndarray:
    """Return spatial parts (n, components) with zeros for a place outside the images, which has no number at all."""
    finite = np.isfinite(left)
    partly = np.flatnonzero(finite.any(axis=1) & ~finite.all(axis=1))
    if len(partly):
        component = int(np.flatnonzero(~finite[partly[0]])[0])
        value = left[partly[0], component]
        raise InputError(f"{file}: component {component} of place {place[partly[0]]} is {value}; numbers are required")
    return np.where(finite, left, 0).astype(np.float64)


def _with_diagonal(product: LowRank, source: ConnectivitySource) -> LowRank:
    """Return the same with what two spots of one region are to each other."""
    if source.region_diagonal == "given":
        return product
    return replace(product, within=0.0 if source.region_diagonal == "unconnected" else product.between_places())


def matched_series(found: Series, spots: pd.DataFrame, source: ConnectivitySource, file: str, of: str) -> Matched:
    """Match time series to spots as `matched` does rows; connectivity is their correlation.

    Between spots, Pearson's and lagged correlations are never made as a whole; between regions, and as partial ones,
    they are.
    """
    values = oriented(found, len(spots) if source.region_key is None else None, file)
    m = len(values)
    if source.time_series == "partial":
        require(f"{file}: partial correlations of {m:,} places", 40 * m**2, "bring fewer places")
        whole = partial_correlations(values, file)
        varies = np.any(whole, axis=1)
    else:
        product = correlations(values, source.lag if source.time_series == "lagged" else None, file)
        varies = np.any(product.left, axis=1)
        if source.region_key is None:
            by, place, notes = places_of(found.names, m, spots, source, file, of)
            left = product.left if by == "order" else _rows(product.left, place)
            right = left if product.right is product.left else _rows(product.right, place)
            return _with_silent(Matched(Correlations(left, right), by, place, notes, rows=m), ~varies[place], file)
        require(f"{file}: correlations between {m:,} regions", 8 * m**2, "bring fewer regions")
        whole = product.rows(0, m)
    matching = matched(Table(whole, found.names), spots, source, file, of)
    return _with_silent(matching, ~varies[matching.place], file)


def _with_silent(found: Matched, is_silent: np.ndarray, file: str) -> Matched:
    """Return the same with the spots counted that have a row (n,), but of a time series that never varies."""
    silent = int((is_silent & (found.place >= 0)).sum())
    if not silent:
        return found
    have = of_all(silent, len(found.place), "spot", "has", "have")
    note = f"{have} a time series in {file} that never varies or has no numbers, and no connections"
    return replace(found, silent=silent, notes=[*found.notes, note])
