"""The memory that stages ask for: by hand, against what they take, and refused where it is not there."""

import json
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
import scipy.sparse as sp
from conftest import ROOT

from spacon import memory
from spacon.connectivity.forms import Dense, Factored, Sparse
from spacon.data.memory import expression_bytes, max_bytes
from spacon.data.spots_file import stored_bytes
from spacon.errors import InputError
from spacon.graphs.connection import connection_graph, count_connections
from spacon.graphs.memory import size_of
from spacon.graphs.region_graph import region_graph
from spacon.graphs.spatial import Knn, Radius, max_edges, spatial_graph
from spacon.memory import Size, require
from spacon.model.memory import embedding_need, training_need
from spacon.parameters import ConnectionRule
from spacon.report.memory import report_need
from spacon.results.memory import results_need

SMALL = Size(spots=1_000, genes=200, expression=800_000, spatial_edges=16_000, connections=100_000)


def test_size_of_a_sample():
    x = sp.random(50, 20, density=0.1, format="csr", dtype=np.float32, random_state=0)
    near = sp.random(50, 50, density=0.1, format="csr", random_state=1)
    wired, _ = region_graph(np.ones((3, 3)), np.arange(50) % 3, 0.5, 50)
    assert size_of(x, near, wired) == Size(50, 20, 100 * 8 + 51 * 4, 250, 9)
    assert size_of(x.toarray(), near, near) == Size(50, 20, 4_000, 250, 250)
    assert Size(50, 20, 0, 0, 0).dense == 4_000


@pytest.mark.parametrize("kind", [np.int8, np.float32, np.float64])
@pytest.mark.parametrize("sparse", [False, True])
def test_expression_is_never_more_than_was_said(kind, sparse):
    """However few bytes the counts have, and whatever genes are kept: preprocessing writes single precision."""
    counts = np.zeros((50, 40), dtype=kind)
    counts[:, :10] = 1
    brought = sp.csr_matrix(counts) if sparse else counts
    written = counts[:, :10].astype(np.float32)
    written = sp.csr_matrix(written) if sparse else written
    assert expression_bytes(written) <= max_bytes(brought, 10)
    assert max_bytes(brought, 10) <= 50 * 10 * (8 + 4) + 51 * 4


@pytest.mark.parametrize("larger", ["spots", "genes", "expression", "spatial_edges", "connections"])
def test_needs_grow_with_every_size(larger):
    """And by no more than the size does: no term is quadratic."""
    more = Size(**{**SMALL.__dict__, larger: 10 * getattr(SMALL, larger)})
    needs = (
        lambda size: training_need(size, [64, 32, 16], 64, [20, 10, 10]),
        lambda size: embedding_need(size, [64, 32, 16], reconstruction=True),
        results_need,
        report_need,
    )
    assert all(need(SMALL) <= need(more) < 10 * need(SMALL) for need in needs)
    assert any(need(SMALL) < need(more) for need in needs)


def test_training_needs_no_more_for_many_draws_than_for_all_spots():
    few, many = (training_need(SMALL, [64, 32, 16], 64, [fanout] * 3) for fanout in (30, 3_000))
    assert few <= many
    everything = SMALL.spots * 4 * (9 * SMALL.genes + 16 * 112)
    assert many - training_need(SMALL, [64, 32, 16], 1, [0]) >= 0.9 * everything


@pytest.mark.parametrize("decay", [None, 0.5, -0.5])
@pytest.mark.parametrize("threshold", [0.3, 0.0, -0.2])
@pytest.mark.parametrize("form", ["dense", "sparse", "factored"])
def test_connections_are_as_many_as_was_said(form, threshold, decay):
    generator = np.random.default_rng(3)
    values, index, place = generator.normal(size=(5, 5)), generator.integers(0, 5, 60), generator.random((60, 2))
    matrix = values[np.ix_(index, index)]
    forms = {"dense": Dense(matrix), "sparse": Sparse(sp.csr_matrix(matrix)), "factored": Factored(values, index)}
    whole = forms[form]
    rule = ConnectionRule(decay, None, threshold, 0.4, None)
    graph, _ = connection_graph(whole, place, rule)
    counted, _ = count_connections(whole, place, rule)
    assert counted == (graph.senders.nnz if form == "factored" and decay is None else graph.nnz)


@pytest.mark.parametrize("reach", [4, (0.2, 0.1)])
@pytest.mark.parametrize("sectioned", [False, True])
def test_spatial_edges_are_never_more_than_was_said(reach, sectioned):
    place = np.random.default_rng(3).random((90, 2))
    sections = np.repeat(["a", "b", "c"], 30) if sectioned else None
    if isinstance(reach, int):
        within = across = Knn(reach)
    else:
        within, across = Radius(reach[0]), Radius(reach[1])
    graph = spatial_graph(place, within, self_loops=True, sections=sections, across=across)
    most = max_edges(place, within, across, sections, None)
    assert graph.nnz <= most
    if not isinstance(reach, int) or not sectioned:
        assert graph.nnz == most


def test_refused_in_one_line(monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: 8_000_000_000)
    require("training", 7_900_000_000, "less data")
    with pytest.raises(InputError) as error:
        require("training on 9 spots", 12_340_000_000, "lower batch_size")
    assert str(error.value) == (
        "training on 9 spots needs about 12.3 GB of memory, but only 8.0 GB is available here: lower batch_size, "
        "or give it more (docs/running.md, 'Memory and time')"
    )


def groups(tmp_path, monkeypatch, membership, files):
    """Make a file tree of control groups in which this process looks for its limits."""
    (tmp_path / "cgroup").write_text(membership)
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    paths = {"/proc/self/cgroup": tmp_path / "cgroup", "/sys/fs/cgroup": tmp_path}
    monkeypatch.setattr(memory, "Path", lambda path: paths.get(path, Path(path)))


@pytest.mark.parametrize(
    ("membership", "files", "limit"),
    [
        ("0::/job/step\n", {"job/memory.max": "5000000\n", "job/step/memory.max": "max\n"}, 5_000_000),
        ("0::/\n", {"memory.max": "6000000\n"}, 6_000_000),
        ("9:cpu:/a\n4:memory:/a/b\n", {"memory/a/b/memory.limit_in_bytes": "7000000\n"}, 7_000_000),
    ],
)
def test_limits_of_containers_and_jobs_are_seen(tmp_path, monkeypatch, membership, files, limit):
    groups(tmp_path, monkeypatch, membership, files)
    assert memory.available() == limit


def test_without_a_limit_the_machine_is_it(tmp_path, monkeypatch):
    groups(tmp_path, monkeypatch, "0::/\n", {})
    total = Path("/proc/meminfo").read_text().split()[1]
    assert memory.available() == int(total) * 1024


def test_expression_is_measured_before_it_is_read(tmp_path):
    import anndata

    x = sp.random(50, 20, density=0.1, format="csr", dtype=np.float32, random_state=0)
    anndata.AnnData(x).write_h5ad(tmp_path / "sparse.h5ad", compression="gzip")
    anndata.AnnData(x.toarray()).write_h5ad(tmp_path / "dense.h5ad", compression="gzip")
    names = 8 * (50 + 20)  # of spots and genes
    for name, size in (("sparse", 100 * 8 + 51 * 4), ("dense", 4_000)):
        with h5py.File(tmp_path / f"{name}.h5ad") as file:
            assert stored_bytes(file, name) == size + names


def peak_of(program):
    """Return what a Python program prints, as JSON, with its own growth of memory in bytes."""
    frame = f"""
import json, sys
sys.path.insert(0, {str(ROOT / "bin")!r})
import numpy as np, scipy.sparse as sp
import spacon.graphs.connection, spacon.graphs.spatial, spacon.clusters.refinement
from spacon.connectivity.forms import Factored, Sparse
from spacon.readers.file import read_table
from spacon.connectivity.matching import in_order
from spacon.parameters import ConnectionRule
def peak():  # not ru_maxrss, which begins at the peak of the process that started this one
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) * 1024
{program}
"""
    done = subprocess.run([sys.executable, "-c", frame], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_graphs_of_40_000_spots_make_nothing_dense():
    """A dense matrix of so many spots would be 6.4 GB in single precision, one byte an entry 1.6 GB."""
    grown = peak_of("""
n = 40_000
place = np.random.default_rng(0).random((n, 2))
far = sp.random(n, n, density=1e-3, format="csr", rng=0)  # random_state=0 would make a permutation of n x n
values, index = np.random.default_rng(1).random((200, 200)), np.arange(n) % 200
before = peak()
near = spacon.graphs.spatial.spatial_graph(place, spacon.graphs.spatial.Knn(15), self_loops=True)
rule = ConnectionRule(0.1, None, connectivity_threshold=0.0, retained_fraction=0.001, connection_density=None)
edges = spacon.graphs.connection.connection_graph(Sparse(far), place, rule)[0].nnz
whole = Factored(values, index)
rule = ConnectionRule(None, None, connectivity_threshold=0.5, retained_fraction=1.0, connection_density=None)
graph = spacon.graphs.connection.connection_graph(whole, place, rule)[0]
spacon.clusters.refinement.refine(index, place, 25)
print(json.dumps([peak() - before, near.nnz, edges, int(graph.out_degrees().sum())]))
""")
    assert grown[1] == 40_000 * 16
    assert grown[2] > 40_000 * 20
    assert grown[3] > 7e8
    assert grown[0] < 500e6, grown


def test_a_dense_matrix_is_read_a_block_at_a_time(tmp_path):
    """The file is 100 MB; its rows, mapped, are given back as they are read."""
    np.save(tmp_path / "c.npy", np.random.default_rng(0).random((5_000, 5_000), dtype=np.float32))
    grown = peak_of(f"""
from pathlib import Path
whole = in_order(read_table(Path({str(tmp_path / "c.npy")!r})))
place = np.random.default_rng(0).random((5000, 2))
before = peak()
rule = ConnectionRule(0.001, None, connectivity_threshold=0.99, retained_fraction=0.1, connection_density=None)
graph, kept = spacon.graphs.connection.connection_graph(whole, place, rule)
print(json.dumps([peak() - before, graph.nnz]))
""")
    assert grown[1] > 200_000
    assert grown[0] < 180e6  # the mapped file itself counts, and two blocks
