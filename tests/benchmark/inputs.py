"""Input files of the measurements, made once for each kind and size; both implementations read the same ones.

Kinds: `points`, spots in the plane and in sections, with labels; `dense`, a simulated cortex with dense connectivity;
`wired`, one with as many connections per spot at every n; `embedded`, an embedding and its neighbours.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import settings
from scripts import BIN, command, cortex, pipeline

sys.path.insert(0, str(BIN))

import anndata
import numpy as np
import pandas as pd
import scipy.sparse as sp
from scipy.spatial import KDTree
from scipy.spatial.distance import cdist

ROWS = 1_000


def made(data: Path, kind: str, n: int) -> Path:
    """Return the folder of input files of one kind and size, making it if it is not there."""
    folder = data / f"{kind}-{n}"
    if not folder.exists():
        partial = data / f".{folder.name}"
        partial.mkdir(parents=True, exist_ok=True)
        KINDS[kind](partial, n)
        partial.rename(folder)
    return folder


def points(folder: Path, n: int) -> None:
    """Make spots of even density, n in one plane and n in sections, and noisy labels of planted areas."""
    generator = np.random.default_rng(n)
    place, area = square(n, generator), planted(n, generator)
    in_section = np.concatenate([square(len(part), generator) for part in np.array_split(place, settings.SECTIONS)])
    section = np.concatenate(
        [np.full(len(part), number) for number, part in enumerate(np.array_split(place, settings.SECTIONS))]
    )
    label = np.where(generator.random(n) < 0.2, generator.integers(0, settings.AREAS, n), area(place))
    spots = anndata.AnnData(
        generator.random((n, 2), dtype=np.float32),
        obs=pd.DataFrame(
            {
                "x": place[:, 0],
                "y": place[:, 1],
                settings.SECTION_KEY: pd.Categorical([f"section {number:02d}" for number in section]),
                "clusters": pd.Categorical(label.astype(str)),
            },
            index=[f"spot{spot}" for spot in range(n)],
        ),
        obsm={"spatial": place, "in_section": in_section},
    )
    spots.write_h5ad(folder / "spots.h5ad")


def square(n: int, generator: np.random.Generator) -> np.ndarray:
    """Scatter n spots on a jittered square grid of `SPOTS_AN_AREA`, row by row; returns (n, 2)."""
    side = int(np.ceil(np.sqrt(n)))
    grid = np.column_stack(np.divmod(np.arange(n), side)) + generator.uniform(-0.35, 0.35, (n, 2))
    return grid / np.sqrt(settings.SPOTS_AN_AREA)


def planted(n: int, generator: np.random.Generator) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function from positions on the square of n spots to areas around random centres."""
    tree = KDTree(generator.random((settings.AREAS, 2)) * np.sqrt(n / settings.SPOTS_AN_AREA))
    return lambda place: tree.query(place)[1]


def dense(folder: Path, n: int) -> None:
    """Make a cortex with dense connectivity, the matrix that the peer is given, both graphs and an untrained model."""
    run(cortex(folder, n, factored=False))
    scripts = pipeline(folder, folder, 1)
    for script in ("preprocess", "spatial_graph", "connection_graph"):
        run(scripts[script])
    place = anndata.read_h5ad(folder / "expression.h5ad", backed="r").obsm["spatial"]
    connectivity = np.load(folder / "connectivity.npy", mmap_mode="r")
    retained = np.lib.format.open_memmap(folder / "retained.npy", mode="w+", dtype=np.float32, shape=(n, n))
    for start in range(0, n, ROWS):
        block = connectivity[start : start + ROWS] * np.exp(settings.DECAY * cdist(place[start : start + ROWS], place))
        most = int(settings.FRACTION * n)
        block[block < -np.partition(-block, most - 1, axis=1)[:, most - 1 : most]] = 0
        block = block.astype(np.float32)
        block[block == np.float32(settings.THRESHOLD)] = 0  # dropped by the published retention, kept by the package
        retained[start : start + ROWS] = block
    retained.flush()
    write_edges(folder, sp.load_npz(folder / "connection.npz"))
    untrained_model(folder)


def wired(folder: Path, n: int) -> None:
    """Make a cortex whose spots each have about the same number of connections, to regions near their own."""
    run(cortex(folder, n, factored=True))
    index = np.arange(n, dtype=np.int32) * settings.REGIONS // n
    values = region_values(n, np.random.default_rng(n))
    np.savez(folder / "connectivity.npz", values=values, index=index)
    scripts = pipeline(folder, folder, 1)
    for script in ("preprocess", "spatial_graph"):
        run(scripts[script])
    run(
        command(
            "connection_graph",
            expression=folder / "expression.h5ad",
            connectivity=folder / "connectivity.npz",
            connectivity_threshold=0,
            retained_fraction=1,
            threads=settings.THREADS,
            output=folder / "connection.npz",
            summary=folder / "connection.json",
        )
    )
    member = sp.csr_matrix((np.ones(n, dtype=np.float32), (np.arange(n), index)), shape=(n, settings.REGIONS))
    write_edges(folder, member @ sp.csr_matrix(values) @ member.T + sp.eye(n, dtype=np.float32))
    untrained_model(folder)


def region_values(n: int, generator: np.random.Generator) -> np.ndarray:
    """Wire each region to and from the same number of others of its community; returns (regions, regions)."""
    size = n / settings.REGIONS  # spots of a region
    values = np.zeros((settings.REGIONS, settings.REGIONS), dtype=np.float32)
    for community in np.array_split(np.arange(settings.REGIONS), round(n / settings.COMMUNITY)):
        for _ in range(max(1, round(settings.CONNECTIONS_A_SPOT / size))):
            values[community, generator.permutation(community)] = 1
    return values


def write_edges(folder: Path, graph: sp.spmatrix) -> None:
    """Write the connection graph edge by edge, as the peer takes it."""
    edges = graph.tocsr()
    edges.data[:] = 1
    sp.save_npz(folder / "edges.npz", edges, compressed=False)


def untrained_model(folder: Path) -> None:
    """Write a model for the embedding, and its weights in the order in which the peer's model has them too."""
    import torch

    from spacon.model.files import save_model
    from spacon.model.network import Shape, SpaCon

    torch.manual_seed(1)
    model = SpaCon(Shape(settings.GENES, list(settings.WIDTHS), "concat", settings.DROPOUT))
    save_model(model, folder / "model.safetensors")
    np.savez(folder / "weights.npz", *[each.detach().numpy() for each in model.parameters()])


def embedded(folder: Path, n: int) -> None:
    """Make an embedding in which areas stand apart and space shows, and its mix, by bin/neighbors.py."""
    generator = np.random.default_rng(n)
    place, width = square(n, generator), settings.WIDTHS[-1]
    area = planted(n, generator)(place)
    parts = {
        name: (
            generator.normal(size=(settings.AREAS, width))[area]
            + place / np.ptp(place) @ generator.normal(size=(2, width)) * 2
            + generator.normal(size=(n, width), scale=0.5)
        ).astype(np.float32)
        for name in ("spatial", "connection")
    }
    embedding = folder / "embedding.npz"
    np.savez(embedding, **parts)
    neighbors = settings.CLUSTER_NEIGHBORS
    run(
        command(
            "neighbors",
            embedding=embedding,
            alpha=0.5,
            cluster_neighbors=neighbors,
            seed=1,
            threads=settings.THREADS,
            output=folder / "mix.npz",
        )
    )


def run(line: list[str]) -> None:
    """Run a script; what it says is shown only if it fails."""
    done = subprocess.run(line, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(line)}: {done.stderr}")


KINDS: dict[str, Callable[[Path, int], None]] = {"points": points, "dense": dense, "wired": wired, "embedded": embedded}
