"""Command lines of the scripts in bin/, as the pipeline runs them one after the other."""

import sys
from pathlib import Path

import settings

BIN = Path(__file__).resolve().parents[2] / "bin"


def command(script: str, **options: object) -> list[str]:
    """Return the command line; None leaves an option out, True and False become `--name` and `--no-name`."""
    line = [sys.executable, str(BIN / f"{script}.py")]
    for name, value in options.items():
        flag = name.replace("_", "-")
        if isinstance(value, bool):
            line.append(f"--{flag}" if value else f"--no-{flag}")
        elif value is not None:
            line += [f"--{flag}", ",".join(map(str, value)) if isinstance(value, tuple) else str(value)]
    return line


def cortex(folder: Path, n: int, *, factored: bool) -> list[str]:
    """Return the simulation of a cortex."""
    return command(
        "cortex",
        n_spots=n,
        n_genes=settings.GENES,
        n_areas=settings.AREAS,
        difficulty=0.5,
        simulation_seed=1,
        factored=factored,
        expression=folder / "counts.h5ad",
        connectivity=folder / ("regions.npz" if factored else "connectivity.npy"),
    )


def pipeline(inputs: Path, outputs: Path, seed: int) -> dict[str, list[str]]:
    """Return all scripts from counts and dense connectivity in `inputs` to clusters in `outputs`, by name."""
    expression = outputs / "expression.h5ad"
    spatial, connection = outputs / "spatial.npz", outputs / "connection.npz"
    model, embedding, mix = outputs / "model.safetensors", outputs / "embedding.npz", outputs / "mix.npz"
    graphs = {"expression": expression, "spatial_graph": spatial, "connection_graph": connection}
    computing = {"device": "cpu", "precision": "float32", "threads": settings.THREADS}
    return {
        "preprocess": command(
            "preprocess",
            sample="cortex",
            expression=inputs / "counts.h5ad",
            expression_from="X",
            expression_values="auto",
            hvg_above=5000,
            n_top_genes=3000,
            flip="none",
            no_swap_xy=True,
            output=expression,
        ),
        "spatial_graph": command(
            "spatial_graph",
            expression=expression,
            spatial_rule="knn",
            spatial_neighbors=settings.NEIGHBORS,
            self_loops=True,
            output=spatial,
        ),
        "connection_graph": command(
            "connection_graph",
            expression=expression,
            connectivity=inputs / "connectivity.npy",
            distance_decay=settings.DECAY,
            region_diagonal="given",
            lag=1,
            connection_direction="rows",
            negative="keep",
            connectivity_transform="none",
            connectivity_threshold=settings.THRESHOLD,
            retained_fraction=settings.FRACTION,
            threads=settings.THREADS,
            output=connection,
            summary=outputs / "connection.json",
        ),
        "train": command(
            "train",
            **graphs,
            widths=settings.WIDTHS,
            fusion="concat",
            attention_dropout=settings.DROPOUT,
            epochs=settings.EPOCHS,
            batch_size=settings.BATCH_SIZE,
            fanouts=settings.FANOUTS,
            learning_rate=settings.LEARNING_RATE,
            weight_decay=settings.WEIGHT_DECAY,
            gradient_clip=settings.GRADIENT_CLIP,
            seed=seed,
            **computing,
            model=model,
            history=outputs / "history.csv",
        ),
        "embed": command("embed", **graphs, model=model, reconstruction=False, **computing, output=embedding),
        "neighbors": command(
            "neighbors",
            embedding=embedding,
            alpha=1,
            cluster_neighbors=settings.CLUSTER_NEIGHBORS,
            seed=seed,
            threads=settings.THREADS,
            output=mix,
        ),
        "cluster": command(
            "cluster",
            expression=expression,
            mix=mix,
            cluster_method="leiden",
            resolution=settings.RESOLUTION,
            refine_neighbors=settings.REFINE_NEIGHBORS,
            output=outputs / "clusters.npz",
        ),
    }
