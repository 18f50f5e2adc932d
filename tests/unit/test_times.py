"""The time that stages take, estimated: by hand, and against what was measured."""

import pandas as pd
import pytest
from conftest import ROOT

from spacon.memory import Size
from spacon.parameters import Checked, ConnectionRule, ConnectivitySource, Preprocessing, SpatialRule, Stacking
from spacon.preflight.times import products, spots_of_step, times

BENCHMARKS = ROOT / "docs" / "benchmarks"


def checked(**other):
    """The default parameters, and others."""
    given = {
        "sample": None,
        "preprocessing": Preprocessing("X", "auto", 5000, 3000, None, Stacking(None, None, None)),
        "spatial": SpatialRule("knn", 15, None, None, None, None),
        "source": ConnectivitySource(None, None, "given", None, 1, "rows", "keep", "none"),
        "connection": ConnectionRule(None, None, 0.0, 1.0, None),
        "widths": [256, 128, 32],
        "batch_size": 64,
        "fanouts": [20, 10, 10],
        "reconstruction": False,
        "device": "auto",
        "cluster_neighbors": 40,
        "n_clusters": None,
        "refine_neighbors": 0,
        "reference_key": None,
    }
    return Checked(**given | other)


def test_weights_of_an_encoder():
    assert products(1_000, [256, 128, 32]) == 1_000 * 256 + 256 * 128 + 128 * 32


@pytest.mark.parametrize(
    ("spots", "degree", "fanouts", "reached"),
    [
        (10_000, 98, [20, 10, 10], 64 * 21 + 147),
        (10_000, 98, [20], 64 * 21),
        (10_000, 4, [20, 10, 10], 64 * 5 + 6),
        (1_000, 98, [20, 10, 10], 1_000),
    ],
)
def test_spots_of_a_step(spots, degree, fanouts, reached):
    assert spots_of_step(spots, degree, 64, fanouts) == reached


def test_an_epoch_has_a_step_for_each_started_batch():
    def each(spots):
        return times(Size(spots, 200, 0, 0, 0), 0, 10.0, checked())["train"].each

    assert each(128_000 + 1) / each(128_000) == pytest.approx(2001 / 2000)


def test_what_is_wanted_decides():
    size = Size(1_000, 200, 800_000, 16_000, 100_000)
    plain = times(size, 800_000, 100.0, checked())
    searched = times(size, 800_000, 100.0, checked(n_clusters=12))
    refined = times(size, 800_000, 100.0, checked(refine_neighbors=25))
    assert searched["cluster"].each == pytest.approx(6 * plain["cluster"].each)
    assert refined["report"].each == pytest.approx(2 * plain["report"].each)
    assert {stage for stage in plain if plain[stage] != refined[stage]} == {"cluster", "evaluate", "report"}
    assert [stage for stage, time in plain.items() if time.cores != 1] == ["train"]


def test_a_whole_brain_takes_as_long_as_it_took():
    """250,000 spots x 1,122 genes in 1,000 regions: docs/benchmarks, *A whole brain*; there 200 steps of training."""
    measured = pd.read_csv(BENCHMARKS / "whole_brain.csv").set_index("stage")["seconds"]
    connections = 1_305_851_790 / 250_000
    size = Size(250_000, 1_122, 980_000_000, 4_000_000, int(connections / 250_000 * 1_000**2))
    found = times(size, 980_000_000, connections, checked(widths=[256, 64, 16]))
    estimated = {stage: time.start + time.each for stage, time in found.items()}
    estimated["train"] = found["train"].start + found["train"].each * 200 / -(-250_000 // 64)
    names = {
        "preprocess": "preprocessing",
        "spatial_graph": "spatial graph",
        "connection_graph": "connection graph",
        "train": "training, 200 steps",
        "embed": "embedding, all edges",
        "neighbors": "neighbours",
        "cluster": "clusters",
        "layout": "UMAP",
    }
    ratios = {stage: estimated[stage] / measured[name] for stage, name in names.items()}
    assert {stage: ratio for stage, ratio in ratios.items() if not 1 / 2 < ratio < 2} == {}


def test_the_table_of_estimates_and_runs_is_within_a_factor_of_two():
    table = pd.read_csv(BENCHMARKS / "plan.csv")
    assert table["spots"].nunique() == 3
    assert set(table["stage"]) == set(times(Size(4, 4, 64, 4, 4), 64, 1.0, checked()))
    ratio = table["estimated"] / table["measured"]
    assert table[(ratio < 1 / 2) | (ratio > 2)].to_dict("records") == []
