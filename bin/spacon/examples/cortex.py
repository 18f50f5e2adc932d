"""A simulated half cortex with planted areas: counts, positions, and time series that correlate as the areas are wired.

Areas tile a plane; networks join areas that lie far apart. An area has its own mean expression and its own signal;
areas of one network share a second signal, and the whole cortex a third. Difficulty 0 to 1 shrinks the areas'
differences in expression and adds noise to the time series.
"""

from dataclasses import dataclass
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from scipy.spatial import KDTree
from sklearn.cluster import KMeans

from spacon.data import keys

LENGTH, WIDTH = 200.0, 110.0  # of the half cortex, in pixels of a wide-field camera
FRAMES = 300
AREAS_IN_A_NETWORK = 3
COUNTS_OF_A_SPOT = 5_000
DISPERSION = 0.5  # variance of a count: mean + DISPERSION * mean^2
MARKER_SHARE = 0.25
SPOTS_A_BLOCK = 5_000


@dataclass(frozen=True)
class Cortex:
    """Spots of the simulated cortex: positions (n, 2), area and network of each (n,), counts (n, genes)."""

    positions: np.ndarray
    area: np.ndarray
    network: np.ndarray
    counts: sp.csr_matrix


def positions(n: int, generator: np.random.Generator) -> np.ndarray:
    """Scatter n spots on a jittered grid inside half an ellipse; returns (n, 2)."""
    spacing = np.sqrt(np.pi * LENGTH * WIDTH / 4 / n) * 0.99
    while True:
        x, y = np.meshgrid(np.arange(0, WIDTH, spacing), np.arange(-LENGTH / 2, LENGTH / 2, spacing))
        grid = np.column_stack([x.ravel(), y.ravel()])
        grid = grid + generator.uniform(-0.35, 0.35, grid.shape) * spacing
        inside = grid[((grid[:, 0] / WIDTH) ** 2 + (2 * grid[:, 1] / LENGTH) ** 2 < 1) & (grid[:, 0] >= 0)]
        if len(inside) >= n:
            return inside[np.sort(generator.permutation(len(inside))[:n])]
        spacing *= 0.99


def areas(place: np.ndarray, n_areas: int, seed: int) -> np.ndarray:
    """Cut the plane into compact areas; returns the area of each spot (n,)."""
    few = place[np.random.default_rng(seed).permutation(len(place))[:5_000]]
    centres = KMeans(n_areas, n_init=1, random_state=seed).fit(few).cluster_centers_
    order = np.argsort(centres[:, 1])
    return KDTree(centres[order]).query(place)[1]


def networks(n_areas: int) -> np.ndarray:
    """Join areas that lie far apart, about three per network; returns the network of each area (n_areas,).

    Areas are numbered along the cortex's length, so equal numbers modulo the networks lie far from each other.
    """
    return np.arange(n_areas) % max(1, round(n_areas / AREAS_IN_A_NETWORK))


def counts(
    area: np.ndarray, n_genes: int, n_areas: int, difficulty: float, generator: np.random.Generator
) -> sp.csr_matrix:
    """Draw overdispersed (negative binomial) counts (n, genes), a block of spots at a time."""
    base = generator.normal(0, 1, n_genes)
    marker = generator.random((n_areas, n_genes)) < MARKER_SHARE
    profile = np.exp(base + marker * generator.normal(0, 1.2 - difficulty, (n_areas, n_genes)))
    profile /= profile.sum(axis=1, keepdims=True)
    blocks = []
    for start in range(0, len(area), SPOTS_A_BLOCK):
        mean = profile[area[start : start + SPOTS_A_BLOCK]]
        depth = COUNTS_OF_A_SPOT * generator.lognormal(0, 0.3, (len(mean), 1)) * n_genes / 1_000
        rate = generator.gamma(1 / DISPERSION, DISPERSION * depth * mean)
        blocks.append(sp.csr_matrix(generator.poisson(rate).astype(np.float32)))
    return sp.vstack(blocks, format="csr")


def simulate(n: int, n_genes: int, n_areas: int, difficulty: float, seed: int) -> Cortex:
    """Simulate the spots; see `Cortex`. Memory: the counts, sparse, and one block of spots."""
    generator = np.random.default_rng(seed)
    place = positions(n, generator)
    area = areas(place, n_areas, seed)
    network = networks(n_areas)[area]
    return Cortex(place, area, network, counts(area, n_genes, n_areas, difficulty, generator))


def time_series(area: np.ndarray, network: np.ndarray, difficulty: float, generator: np.random.Generator) -> np.ndarray:
    """Return standardised time series (m, frames), such that the product of two rows is their correlation."""
    of_network = generator.normal(size=(network.max() + 1, FRAMES))[network]
    of_area = generator.normal(size=(area.max() + 1, FRAMES))[area]
    of_all = 0.8 * generator.normal(size=FRAMES)
    noise = generator.normal(size=(len(area), FRAMES), scale=0.4 + 1.2 * difficulty)
    series = of_all + of_network + of_area + noise
    series -= series.mean(axis=1, keepdims=True)
    return (series / np.linalg.norm(series, axis=1, keepdims=True)).astype(np.float32)


def regions(cortex: Cortex, most: int, seed: int) -> np.ndarray:
    """Return a coarse region of each spot (n,): `most` of them, and one more per area that would have none."""
    chosen = np.random.default_rng(seed).permutation(len(cortex.area))[:most]
    region = np.empty(len(cortex.area), dtype=np.int32)
    first = 0
    for area in np.unique(cortex.area):
        spots, centres = np.flatnonzero(cortex.area == area), chosen[cortex.area[chosen] == area]
        centres = centres if len(centres) else spots[:1]
        region[spots] = first + KDTree(cortex.positions[centres]).query(cortex.positions[spots])[1]
        first += len(centres)
    return np.unique(region, return_inverse=True)[1].astype(np.int32)


def annotated(cortex: Cortex, source: str) -> ad.AnnData:
    """Return the counts with names, positions, area and network of the spots, and where they come from."""
    n, genes = cortex.counts.shape
    obs = {
        "x": cortex.positions[:, 0],
        "y": cortex.positions[:, 1],
        "area": pd.Categorical([f"area {area + 1:02d}" for area in cortex.area]),
        "network": pd.Categorical([f"network {network + 1}" for network in cortex.network]),
    }
    spots = ad.AnnData(
        cortex.counts,
        obs=pd.DataFrame(obs, index=[f"spot{spot:06d}" for spot in range(n)]),
        var=pd.DataFrame(index=[f"gene{gene:04d}" for gene in range(genes)]),
    )
    spots.obsm["X_spatial_2d"] = cortex.positions
    spots.uns[keys.SOURCE] = np.array([source])
    return spots


def write_correlations(path: Path, series: np.ndarray) -> None:
    """Write the correlations of all pairs of time series (n, frames), dense, a block of spots at a time."""
    n = len(series)
    matrix = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=(n, n))
    for start in range(0, n, SPOTS_A_BLOCK):
        matrix[start : start + SPOTS_A_BLOCK] = series[start : start + SPOTS_A_BLOCK] @ series.T
    matrix.flush()
