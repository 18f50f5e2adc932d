"""Correlations of time series, a product of two thin matrices that is never made as a whole."""

from collections.abc import Iterator

import numpy as np

from spacon.connectivity.forms import Entries
from spacon.connectivity.lowrank import LowRank
from spacon.errors import InputError
from spacon.memory import require
from spacon.readers.table import Series

COPIES = 3  # of the series: as read, in the places' order, standardised


class Correlations(LowRank):
    """Correlations left @ right.T of n time series, of which `left` and `right` (n, frames or fewer) have length 1."""

    form = "correlations of time series"

    def not_finite(self) -> Iterator[Entries]:
        """Yield nothing: standardised series have no other products."""
        yield from ()


def oriented(found: Series, spots: int | None, file: str) -> np.ndarray:
    """Return series as places x frames (m, frames), unnamed ones by the side that is as long as there are spots.

    Raises:
        InputError: both sides are, or neither is; or one place has numbers in some frames alone.
    """
    values = found.values
    if not found.is_known and spots is not None:
        if spots not in values.shape or values.shape[0] == values.shape[1]:
            raise InputError(
                f"{file}: time series of {spots} spots have shape ({spots}, frames) or (frames, {spots}), "
                f"found {values.shape}"
            )
        values = values if values.shape[0] == spots else values.T
    require(f"{file}: {len(values):,} time series", COPIES * 8 * values.size, "bring fewer frames")
    finite = np.isfinite(values)
    partly = finite.any(axis=1) & ~finite.all(axis=1)
    if partly.any():
        place = int(np.flatnonzero(partly)[0])
        frame = int(np.flatnonzero(~finite[place])[0])
        raise InputError(
            f"{file}: frame {frame} of place {_called(found, place)} is {values[place, frame]}: leave such frames out"
        )
    series = np.where(finite, values, 0).astype(np.float64)
    steps = np.diff(series, axis=1)
    clock = np.flatnonzero((steps[:, :1] != 0).ravel() & np.isclose(steps, steps[:, :1], rtol=1e-6, atol=0).all(axis=1))
    if len(clock):
        raise InputError(
            f"{file}: {_called(found, clock[0])} grows by the same in every frame, as a clock does: leave it out"
        )
    return series


def _called(found: Series, place: int) -> str:
    return f"'{found.names[place]}'" if found.names else str(place)


def standardised(values: np.ndarray) -> np.ndarray:
    """Return series (m, frames) of mean 0 and length 1, whose products are correlations; 0 where nothing varies."""
    centred = _centred(values)
    length = np.sqrt(np.einsum("ij,ij->i", centred, centred))
    varies = length > 1e-12 * np.sqrt(values.shape[1]) * np.abs(values).max(axis=1, initial=0)
    centred[~varies] = 0
    centred /= np.where(varies, length, 1)[:, None]
    return centred


def _centred(values: np.ndarray) -> np.ndarray:
    return np.asarray(values, dtype=np.float64) - values.mean(axis=1, keepdims=True, dtype=np.float64)


def correlations(values: np.ndarray, lag: int | None, file: str) -> Correlations:
    """Return Pearson's correlation of series (m, frames); with a lag, of each with the others so many frames later."""
    frames = values.shape[1]
    if lag is None:
        both = standardised(values)
        return Correlations(both, both)
    _check_frames(frames, lag, file)
    return Correlations(standardised(values[:, :-lag]), standardised(values[:, lag:]))


def movie_correlations(spatial: np.ndarray, temporal: np.ndarray, lag: int | None, file: str) -> Correlations:
    r"""Return correlations of the series spatial @ temporal, as `correlations`, from products of components alone.

    With S the temporal parts, centred over frames, and S^T = Q R, the series of place i is u_i R^T Q^T. Of length
    |u_i R^T|, its product with that of place j is (u_i R^T) . (u_j R^T). With a lag, A the frames that have a later one
    and B these: (u_i A) . (u_j B) = (u_i R_A^T) . (u_j B Q_A).

    Args:
        spatial: (m, components), rows of zeros for places without a series.
        temporal: (components, frames).
        lag, file: as `correlations`.
    """
    frames, shift = temporal.shape[1], lag or 0
    _check_frames(frames, shift, file)
    scale = float(np.linalg.norm(temporal))
    earlier, later = (_centred(part) for part in (temporal[:, : frames - shift], temporal[:, shift:]))
    basis, triangle = np.linalg.qr(earlier.T)
    left, length = _projected(spatial, triangle.T, scale)
    left /= length
    if lag is None:
        return Correlations(left, left)
    _, length = _projected(spatial, np.linalg.qr(later.T)[1].T, scale)
    right = spatial @ (later @ basis)
    right /= length
    return Correlations(left, right)


def _check_frames(frames: int, lag: int, file: str) -> None:
    if frames - lag < 3:
        raise InputError(f"{file}: there are {frames} frames; a lag of {lag} needs at least {lag + 3}")


def _projected(spatial: np.ndarray, parts: np.ndarray, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Return spatial @ parts and the length of each row (m, 1), infinite where that is rounding of what is constant."""
    product = spatial @ parts
    length = np.linalg.norm(product, axis=1)
    length[length <= 1e-12 * scale * np.linalg.norm(spatial, axis=1)] = np.inf
    return product, length[:, None]


def partial_correlations(values: np.ndarray, file: str) -> np.ndarray:
    """Return partial correlations of series (m, frames): -P_ij / sqrt(P_ii P_jj), P the inverse of their correlations.

    Raises:
        InputError: no more frames than places, or a series follows from others, so that there is no inverse.
    """
    places, frames = values.shape
    if frames <= places:
        raise InputError(
            f"{file}: partial correlations of {places} places need more than {places} frames, found {frames}"
        )
    varies = standardised(values)
    used = np.flatnonzero(np.any(varies != 0, axis=1))
    correlation = varies[used] @ varies[used].T
    if np.linalg.matrix_rank(correlation, hermitian=True) < len(used):
        raise InputError(f"{file}: one time series follows from others, so that there are no partial correlations")
    precision = np.linalg.inv(correlation)
    scale = np.sqrt(np.diagonal(precision))
    partial = np.zeros((places, places))
    partial[np.ix_(used, used)] = -precision / np.outer(scale, scale)
    np.fill_diagonal(partial, np.isin(np.arange(places), used).astype(float))
    return partial
