"""Made-up cells in sections of a brain, as the Allen Brain Cell atlas publishes its own, and a voxel model of wiring.

Eight planted areas run through all sections. Each shares its programme of genes with the area on one side and its
wiring with the area on the other: genes alone tell four pairs of areas apart, wiring alone four others, both all eight.
Cells of all types are mixed in every area and differ more by type than by area, so that areas show in sums alone.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.spatial import KDTree

from spacon.examples import cortex

# All lengths in mm. Axes as in the atlas's common coordinates: front to back, downwards, left to right.
SECTIONS = 6
FIRST_PLANE = 5.0
SPACING = 0.2  # of the voxels, and of the sections
HALF_HEIGHT, HALF_WIDTH = 1.7, 2.0  # of the ellipse that the tissue of a section fills
CENTRE = np.array([3.0, 5.0])  # of that ellipse
TILT = 0.03  # front to back, from the middle of a section to its side

CELLS = 20_000
OUTSIDE = 0.02  # share of cells on the slide, but not in the brain
WITHOUT_METADATA = 0.02  # share of cells without a row of metadata
WITHOUT_COORDINATES = 0.03  # of the others, share without a row of coordinates

PROGRAMMES = np.array([0, 0, 1, 1, 2, 2, 3, 3])  # of each area
NETWORKS = np.array([0, 1, 1, 2, 2, 3, 3, 0])  # of each area: to which areas it projects
AREAS = len(PROGRAMMES)
TYPES = ("excitatory neuron", "inhibitory neuron", "astrocyte", "oligodendrocyte", "endothelial cell")
TYPE_SHARES = (0.4, 0.2, 0.15, 0.15, 0.1)

GENES = 200
COUNTS_OF_A_CELL = 150
DISPERSION = 0.5  # variance of a count: mean + DISPERSION * mean^2
TYPE_SPREAD, PROGRAMME_SPREAD = 1.0, 0.35  # standard deviations of logarithms of expression

INJECTIONS = 64
KERNEL = 0.6  # standard deviation of the weights around an injection
PROJECTION, BACKGROUND = 1.0, 0.1  # strength in the target and elsewhere
PROJECTION_SPREAD = 0.5  # of logarithms


@dataclass(frozen=True)
class Cells:
    """All cells that were measured, n of them.

    Shapes: positions (n, 3); section, area (-1: outside the brain) and cell type, each (n,); counts (n, genes);
    names of n cells.
    """

    positions: np.ndarray
    section: np.ndarray
    area: np.ndarray
    cell_type: np.ndarray
    counts: sp.csr_matrix
    names: np.ndarray


@dataclass(frozen=True)
class VoxelModel:
    """Connectivity between m voxels by r injections: strength from voxel i to voxel j is (weights @ nodes)[i, j].

    Shapes: positions (m, 3); area (m,); weights (m, r), rows that sum to 1; nodes (r, m). None is negative.
    """

    positions: np.ndarray
    area: np.ndarray
    weights: np.ndarray
    nodes: np.ndarray


def radius(place: np.ndarray) -> np.ndarray:
    """Return how far places (n, 3) lie from the middle of their section (n,): 1 is the edge of the tissue."""
    return np.hypot(*((place[:, 1:] - CENTRE) / [HALF_HEIGHT, HALF_WIDTH]).T)


def voxels() -> np.ndarray:
    """Return the middles of all voxels in the brain (m, 3), a plane per section."""
    plane = FIRST_PLANE + SPACING * np.arange(SECTIONS)
    down, across = (
        middle + SPACING * (np.arange(np.ceil(-half / SPACING), half / SPACING))
        for middle, half in zip(CENTRE, (HALF_HEIGHT, HALF_WIDTH), strict=True)
    )
    grid = np.stack(np.meshgrid(plane, down, across, indexing="ij"), axis=-1).reshape(-1, 3).round(3)
    return grid[radius(grid) < 1]


def scatter(generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return positions of all cells (n, 3) and their sections (n,); some lie well outside the brain."""
    section = generator.integers(SECTIONS, size=CELLS)
    angle = generator.uniform(0, 2 * np.pi, CELLS)
    outside = generator.random(CELLS) < OUTSIDE
    reach = np.where(outside, generator.uniform(1.3, 1.5, CELLS), np.sqrt(generator.random(CELLS)))
    side = reach * np.sin(angle)
    down, across = CENTRE[0] + HALF_HEIGHT * reach * np.cos(angle), CENTRE[1] + HALF_WIDTH * side
    return np.column_stack([FIRST_PLANE + SPACING * section + TILT * side, down, across]).round(6), section


def draw_counts(programme: np.ndarray, cell_type: np.ndarray, generator: np.random.Generator) -> sp.csr_matrix:
    """Draw overdispersed (negative binomial) counts (n, genes) of cells of some programmes and types."""
    base = generator.normal(0, 1, GENES)
    of_type = generator.normal(0, TYPE_SPREAD, (len(TYPES), GENES))
    of_programme = generator.normal(0, PROGRAMME_SPREAD, (PROGRAMMES.max() + 1, GENES))
    profile = np.exp(base + of_type[:, None] + of_programme)
    profile /= profile.sum(axis=2, keepdims=True)
    depth = COUNTS_OF_A_CELL * generator.lognormal(0, 0.4, (len(programme), 1))
    rate = generator.gamma(1 / DISPERSION, DISPERSION * depth * profile[cell_type, programme])
    return sp.csr_matrix(generator.poisson(rate).astype(np.float32))


def draw_names(n: int, generator: np.random.Generator) -> np.ndarray:
    """Draw numbers of 38 or 39 digits as text: more than an integer or a float of 64 bits can tell apart."""
    high = generator.integers(2**60, 2**64, n, dtype=np.uint64, endpoint=False)
    low = generator.integers(0, 2**64, n, dtype=np.uint64, endpoint=False)
    return np.array([str((int(first) << 64) + int(last)) for first, last in zip(high, low, strict=True)], dtype=object)


def simulate_cells(place: np.ndarray, area: np.ndarray, generator: np.random.Generator) -> Cells:
    """Simulate cells among voxels at `place` (m, 3) of some areas (m,); see `Cells`."""
    positions, section = scatter(generator)
    # Cells outside the brain express as those of the last area.
    of_cell = np.where(radius(positions) < 1, area[KDTree(place).query(positions)[1]], -1)
    cell_type = generator.choice(len(TYPES), CELLS, p=TYPE_SHARES)
    counts = draw_counts(PROGRAMMES[of_cell], cell_type, generator)
    return Cells(positions, section, of_cell, cell_type, counts, draw_names(CELLS, generator))


def simulate_model(place: np.ndarray, area: np.ndarray, generator: np.random.Generator) -> VoxelModel:
    """Simulate injections into voxels and what they reach, as tracing does; see `VoxelModel`.

    A voxel takes its projections from the injections near it, in areas of its own network. Network k projects to the
    network two further, which lies elsewhere.
    """
    network = NETWORKS[area]
    site = np.sort(generator.permutation(len(place))[:INJECTIONS])
    distance = np.linalg.norm(place[:, None] - place[site], axis=2)
    weights = np.exp(-0.5 * (distance / KERNEL) ** 2) * (network[:, None] == network[site])
    weights /= weights.sum(axis=1, keepdims=True)
    target = (network[site] + 2) % (NETWORKS.max() + 1)
    strength = np.where(target[:, None] == network, PROJECTION, BACKGROUND)
    nodes = strength * generator.lognormal(0, PROJECTION_SPREAD, strength.shape)
    return VoxelModel(place, area, weights, nodes)


def simulate(seed: int) -> tuple[Cells, VoxelModel]:
    """Simulate cells and the connectivity between the voxels that they lie in."""
    generator = np.random.default_rng(seed)
    place = voxels()
    area = cortex.areas(place[:, 1:], AREAS, seed)
    return simulate_cells(place, area, generator), simulate_model(place, area, generator)
