"""A result of the pipeline, brought to it again."""

import importlib
import json
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from click.testing import CliRunner

from spacon.clusters.files import Mix, write_clustering, write_layout, write_mix
from spacon.clusters.labels import Clustering
from tests.corpus.case import Case, arguments
from tests.corpus.sample import STRENGTH, N

LABELS = np.arange(N) % 3


def run(folder: Path, script: str, words: list[str]) -> None:
    """Run a script that must succeed."""
    done = CliRunner().invoke(importlib.import_module(script).main, words)
    assert done.exit_code == 0, (script, done.stderr, repr(done.exception))


def once_more(folder: Path) -> None:
    """Replace spots.h5ad by what a whole run makes of it, with made-up embeddings and labels."""
    for script in ("preprocess", "spatial_graph", "connection_graph"):
        run(folder, script, arguments(folder, script, Case("fed back")))
    write_mix(folder / "mix.npz", Mix(1, 0.5, np.ones((N, 2)), sp.csr_matrix((N, N))))
    write_layout(folder / "layout.npz", 0.5, np.ones((N, 2)))
    np.savez(folder / "embedding.npz", spatial=STRENGTH[:, :2], connection=STRENGTH[:, 2:4])
    write_clustering(folder / "clusters.npz", Clustering(1, 0.5, "leiden", 0.6, refined=False, labels=LABELS), LABELS)
    (folder / "history.csv").write_text("epoch,mean_squared_error,device\n1,0.5,cpu\n")
    (folder / "parameters.json").write_text(
        json.dumps({"alphas": "0.5", "n_clusters": None, "epochs": 1, "learning_rate": 0.1})
    )
    files = {
        "expression": "preprocessed.h5ad",
        "spatial-graph": "near.npz",
        "connection-graph": "connections.npz",
        "history": "history.csv",
        "embedding": "embedding.npz",
        "mix": "mix.npz",
        "layout": "layout.npz",
        "clustering": "clusters.npz",
        "parameters": "parameters.json",
        "output": "clustered.h5ad",
        "clusters": "clusters.csv",
        "metrics": "metrics.csv",
    }
    words = [word for name, file in files.items() for word in (f"--{name}", str(folder / file))]
    run(folder, "evaluate", ["--sample", "one", *words])
    (folder / "clustered.h5ad").rename(folder / "spots.h5ad")


def fed_back(folder: Path) -> None:
    """Let spots.h5ad be the result of two runs, the second of which took the first's."""
    once_more(folder)
    once_more(folder)
    for name in ("preprocessed.h5ad", "near.npz", "connections.npz"):
        (folder / name).unlink()
