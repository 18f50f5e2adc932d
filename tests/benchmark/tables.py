#!/usr/bin/env python3
"""Write docs/benchmarks/README.md from the results that lie beside it."""

import json
from collections.abc import Iterable
from pathlib import Path

import click
import numpy as np
import pandas as pd
from cases import GROWTH_SIZES, OTHERS, STAGES, Stage
from settings import BATCH_SIZE, EPOCHS, GENES, SEED_SPOTS

# What the first table shows: a stage and its number of spots.
SHOWN = (
    ("training", SEED_SPOTS),
    ("spatial_knn", SEED_SPOTS),
    ("spatial_sections", 50_000),
    ("connection_dense", SEED_SPOTS),
    ("connection_weighted", SEED_SPOTS),
    ("embedding", SEED_SPOTS),
    ("refinement", 20_000),
    ("whole", SEED_SPOTS),
)


def medians(results: pd.DataFrame) -> pd.DataFrame:
    """Return one row per stage, spots and implementation: median seconds and memory, the number of runs, the note."""
    work = results.assign(work_mb=results.peak_mb - results.baseline_mb)
    return work.groupby(["stage", "spots", "implementation"], sort=False).agg(
        seconds=("seconds", "median"),
        work_mb=("work_mb", "median"),
        peak_mb=("peak_mb", "median"),
        runs=("seconds", "count"),
        note=("note", "first"),
    )


def disturbed(results: pd.DataFrame) -> str:
    """Return a sentence on runs during which others used the processor; empty if there were none."""
    runs = results[results.others > OTHERS]
    if runs.empty:
        return ""
    share = f"{runs.others.max():.0%}"
    return f"**In {len(runs)} of {results.seconds.count()} runs, others used up to {share} of the processor.**"


def slope(table: pd.DataFrame, stage: str) -> float:
    """Return the exponent of n in our time over the sizes for growth; NaN if one was not measured."""
    times = table.seconds.reindex([(stage, n, "ours") for n in GROWTH_SIZES])
    return exponent(times) if times.notna().all() else np.nan


def exponent(times: pd.Series) -> float:
    """Return the exponent of n in times at the sizes for growth."""
    return float(np.polyfit(np.log(GROWTH_SIZES), np.log(times), 1)[0])


def seconds(value: float) -> str:
    """Return a time with its unit, to three digits."""
    if np.isnan(value):
        return "-"
    return f"{value * 1e3:.3g} ms" if value < 1 else f"{value:.3g} s" if value < 1000 else f"{value:.0f} s"


def memory(row: pd.Series) -> str:
    """Return the memory of the work alone and, in brackets, of the process."""
    return "-" if np.isnan(row.peak_mb) else f"{row.work_mb:,.0f} ({row.peak_mb:,.0f})"


def compared(table: pd.DataFrame, stage: Stage, n: int) -> list[str]:
    """Return the cells of one stage and size: both times, their ratio, both memories, runs."""
    ours = table.loc[(stage.name, n, "ours")]
    peer = table.loc[(stage.name, n, "peer")]
    if np.isnan(peer.seconds):
        return [f"{n:,}", seconds(ours.seconds), peer.note, "", memory(ours), "", f"{ours.runs}"]
    ratio = f"{peer.seconds / ours.seconds:.3g}x"
    times = seconds(ours.seconds), seconds(peer.seconds), ratio
    return [f"{n:,}", *times, memory(ours), memory(peer), f"{ours.runs} + {peer.runs}"]


def markdown(header: list[str], rows: Iterable[list[str]], *, words: int = 1) -> str:
    """Return a table whose first columns are words and whose others are numbers."""
    rule = [*["---"] * words, *["---:"] * (len(header) - words)]
    return "\n".join(f"| {' | '.join(line)} |" for line in [header, rule, *rows]) + "\n"


COMPARED = ["spots", "ours", "published", "ratio", "MB, ours", "MB, published", "runs"]


def first_table(table: pd.DataFrame) -> str:
    """Return the table of what matters most."""
    rows = [
        [STAGES[name].title, *compared(table, STAGES[name], n)] for name, n in SHOWN if (name, n, "ours") in table.index
    ]
    return markdown(["stage", *COMPARED], rows)


def stage_tables(table: pd.DataFrame) -> str:
    """Return one table a stage, all sizes."""
    parts = []
    for name, stage in STAGES.items():
        sizes = [n for n in stage.sizes if (name, n, "ours") in table.index]
        if sizes:
            rows = [compared(table, stage, n) for n in sizes]
            parts.append(f"### {stage.title[0].upper()}{stage.title[1:]}\n\n{markdown(COMPARED, rows, words=0)}")
    return "\n".join(parts)


def growth_table(table: pd.DataFrame) -> str:
    """Return our times at the sizes for growth, and the exponent."""
    rows = []
    for name, stage in STAGES.items():
        times = [table.seconds.get((name, n, "ours"), np.nan) for n in GROWTH_SIZES]
        if not np.isnan(slope(table, name)):
            rows.append([stage.title, *map(seconds, times), f"{slope(table, name):.2f}"])
    return markdown(["stage", *(f"{n:,}" for n in GROWTH_SIZES), "exponent"], rows)


def agreement_table(path: Path) -> str:
    """Return mean and standard deviation over the seeds of the agreement with the planted areas."""
    scores = pd.read_csv(path).groupby(["implementation", "alpha"]).ari.agg(["mean", "std", "count"])
    alphas = sorted(scores.index.unique("alpha"), reverse=True)
    rows = []
    for side, name in (("ours", "this pipeline"), ("peer", "published")):
        if side in scores.index:
            cells = [scores.loc[(side, alpha)] for alpha in alphas]
            rows.append(
                [name, f"{cells[0]['count']:.0f}", *(f"{cell['mean']:.3f} ({cell['std']:.3f})" for cell in cells)]
            )
    return markdown(["implementation", "seeds", *(f"alpha {alpha:g}" for alpha in alphas)], rows)


def pipeline_table(path: Path) -> str:
    """Return the seconds of each stage of the pipeline at the sizes for growth, their exponent, and the memory."""
    table = pd.read_csv(path)
    measured = table.pivot(index="stage", columns="spots")
    rows = []
    for stage in table.stage.unique():
        times, peaks = measured.seconds.loc[stage], measured.peak_mb.loc[stage]
        cells = *map(seconds, times), f"{exponent(times):.2f}", *(f"{mb:,.0f}" for mb in peaks)
        rows.append([stage.replace("_", " "), *cells])
    sizes = [f"{n:,}" for n in GROWTH_SIZES]
    return markdown(["stage", *sizes, "exponent", *(f"MB, {size}" for size in sizes)], rows)


def plan_table(path: Path) -> str:
    """Return the estimated and the measured seconds of each stage, by size."""
    table = pd.read_csv(path)
    sizes = table.spots.unique()
    rows = []
    for stage, of_stage in table.groupby("stage", sort=False):
        cells = [f"{row.estimated:,.1f}; {row.measured:,.1f}" for row in of_stage.itertuples()]
        rows.append([str(stage).replace("_", " "), *cells])
    return markdown(["stage", *(f"{n:,} spots" for n in sizes)], rows)


def numerics_table(path: Path) -> str:
    """Return the median seconds of each script with both kinds of numbers, of all, and of a training step."""
    table = pd.read_csv(path).pivot_table(
        index="stage", columns="numerics", values="seconds", aggfunc="median", sort=False
    )
    steps = (EPOCHS - 1) * -(-SEED_SPOTS // BATCH_SIZE)
    step = (table.loc["train"] - table.loc["train_one_epoch"]) / steps
    table = table.drop("train_one_epoch")
    table.loc["all of these"], table.loc["a training step"] = table.sum(), step
    rows = [
        [str(stage).replace("_", " "), seconds(row.portable), seconds(row.fast), f"{row.portable / row.fast:.2f}"]
        for stage, row in table.iterrows()
    ]
    return markdown(["stage", "portable", "fast", "portable / fast"], rows)


def whole_brain_table(path: Path) -> str:
    """Return the stages of the run on a whole brain."""
    rows = [[row.stage, seconds(row.seconds), f"{row.peak_mb:,.0f}"] for row in pd.read_csv(path).itertuples()]
    return markdown(["stage", "time", "MB"], rows)


def alignment_table(path: Path) -> str:
    """Return time and memory of alignments by their size."""
    rows = [
        [f"{row.cells:,}", f"{row.places:,}", seconds(row.alignment_seconds), f"{row.peak_mb:,.0f}"]
        for row in pd.read_csv(path).itertuples()
    ]
    return markdown(["cells", "places and sections", "time", "MB"], rows)


def gpu_table(path: Path) -> str:
    """Return steps and embeddings on both devices of one machine."""
    rows = []
    for row in pd.read_csv(path).itertuples():
        step, embedding = seconds(row.step_ms / 1e3), seconds(row.embedding_ms / 1e3)
        memory = "" if pd.isna(row.peak_mb) else f"{row.peak_mb:,.0f}"
        rows.append([f"{row.spots:,}", row.device, row.precision, step, f"{row.step_spots:,.0f}", embedding, memory])
    header = ["spots", "device", "precision", "training step", "spots of a step", "embedding", "MB on the GPU"]
    return markdown(header, rows)


def page(folder: Path) -> str:
    """Return the page; parts whose results are not there are left out."""
    results = pd.read_csv(folder / "results.csv")
    table = medians(results)
    made_on = json.loads((folder / "machine.json").read_text())
    same = ", ".join(f"{name} {number}" for name, number in made_on["ours"].items() if made_on["peer"][name] == number)
    others = [
        f"{name} {number} here and {made_on['peer'][name]} there"
        for name, number in made_on["ours"].items()
        if made_on["peer"][name] != number
    ]
    differing = f"Different: {', '.join(others)}." if others else ""
    parts = [
        f"""# Benchmarks

This pipeline against the published package `spacon` {made_on["peer"]["spacon"]}, on the same files, in turn, each run
in a process of its own, both with {made_on["threads"]} threads. Times are medians; *ratio* is the published package's
time over ours. *MB* is the largest resident memory that the work added to what was there before (libraries and input),
and in brackets that of the whole process. Each run checks that both sides did the same work: equal edges, labels
and embeddings, steps of like size and loss.

Made by [tests/benchmark/run.py](../../tests/benchmark/README.md) on {made_on["date"]}: {made_on["processor"]},
{made_on["cores"]} cores, {made_on["memory_gb"]} GB; {made_on["system"]}; Python {made_on["python"]}.
Packages of both: {same}. {differing}{disturbed(results)}

## At the published run's size

{SEED_SPOTS:,} spots x {GENES:,} genes, 15 nearest neighbours, decay 0.006, threshold 0.8, a tenth of a row kept,
widths 256, 128, 32, batches of 64, fanouts 20, 10, 10; sections and refinement at the sizes named.

{first_table(table)}
![How many times as fast](ratio.png)
"""
    ]
    if (folder / "agreement.csv").exists():
        parts.append(f"""## Agreement with planted areas

Adjusted Rand index, mean (standard deviation) over seeds, of Leiden clusters at the resolution that gives 12 of them;
both sides' embeddings of the same simulated cortex, 10 epochs, clustered by the same code.

{agreement_table(folder / "agreement.csv")}
![Agreement](agreement.png)
""")
    parts.append(f"""## Growth with the number of spots

Exponent of n in our time over these sizes, edges per spot being constant: 1 is linear.

{growth_table(table)}
![Time](time.png)

![Memory](memory.png)
""")
    if (folder / "pipeline.csv").exists():
        parts.append(f"### Stages of the pipeline\n\n{PIPELINE}\n{pipeline_table(folder / 'pipeline.csv')}")
    if (folder / "plan.csv").exists():
        parts.append(f"### The plan's estimates\n\n{PLAN}\n{plan_table(folder / 'plan.csv')}")
    if (folder / "numerics.csv").exists():
        parts.append(f"## What portable numbers cost\n\n{NUMERICS}\n{numerics_table(folder / 'numerics.csv')}")
    if (folder / "whole_brain.csv").exists():
        parts.append(f"## A whole brain\n\n{WHOLE_BRAIN}\n{whole_brain_table(folder / 'whole_brain.csv')}")
    if (folder / "alignment.csv").exists():
        parts.append(f"## Cells of a whole brain to places\n\n{ALIGNMENT}\n{alignment_table(folder / 'alignment.csv')}")
    if (folder / "gpu.csv").exists():
        parts.append(f"## On a GPU\n\n{GPU}\n{gpu_table(folder / 'gpu.csv')}")
    if (folder / "profile.md").exists():
        parts.append("## Where the time goes\n\n[profile.md](profile.md): each script, and a step of training.\n")
    parts.append(f"## All stages and sizes\n\n{NOTES}\n{stage_tables(table)}")
    return "\n".join(parts)


WHOLE_BRAIN = """250,000 simulated spots x 1,122 genes, 1,000 regions, 1,305,851,790 connections between spots, of which
none is made; widths 256, 64, 16, mix at alpha 0.5, Leiden. Each stage is a process of its own, its start and imports
included. The published package would need the dense matrix: 250 GB. Measured on 2026-11-25 on an Intel Xeon, 2 cores;
the UMAP is laid out beside the clusters, which do not wait for it.
"""

GPU = """One NVIDIA H100 (80 GB) and two threads of an Intel Xeon beside it, on 2026-11-26; PyTorch 2.11 for CUDA 13.0,
by [gpu.py](../../tests/benchmark/gpu.py). A GPU waits for its kernels to be started one by one: of 26 ms, it
computes for 3 ms. So steps of so few spots take as long in any precision, and 100,000 spots, embedded in
blocks of scores that fit a CPU's cache, take longer than on the CPU. In float32 with equal weights, losses
differ by 4e-7 of their size between the two, gradients by 2e-5 of the largest, embeddings by 4e-6. Trained
twice with one seed, weights are equal to the bit. Trained for 10 epochs with seeds 1 to 3, clusters agree
with the planted areas to 0.821, 0.998 and 0.896 at alpha 1, 0.5 and 0; trained on a CPU with the same seeds,
to 0.829, 0.996 and 0.889.
"""

PIPELINE = """One run of the pipeline at each size, from files to report, one task at a time; start, imports, reading
and writing count. Training takes one epoch. Made before neighbours and UMAP had tasks of their own: `fuse` was both,
and numba compiled anew in every task of over 4,096 spots.
From Nextflow's trace, by [pipeline.py](../../tests/benchmark/pipeline.py).
"""

PLAN = """Seconds of CPU time, estimated by `--plan` and measured, of all tasks of a stage: three runs of the simulated
cortex, of 600 spots x 200 genes (15 epochs, 3 alphas, a search for 12 clusters), 3,372 x 1,122 (2 seeds, 3 epochs, 2
alphas, refinement) and 20,000 x 500 (regions, 1 epoch, 2 resolutions). From Nextflow's trace, by
[plan.py](../../tests/benchmark/plan.py), on 2026-11-27, on two cores of an Intel Xeon that others used at the same
time: so CPU time is compared, which waiting does not lengthen. Training has both cores. A free
machine takes less; the estimates lie between, and were fitted to these runs and to the whole brain below.
"""

ALIGNMENT = """Made-up cells of 129 sections x 1,122 genes, some 100 entries each, to the nearest place, section by
section, with sums, compositions and mean positions ([alignment.py](../../tests/benchmark/alignment.py)); expression is
made a chunk at a time and never held. Every count is in a place at the end. In the published preparation, gathering the
rows of the matrix for such places took 11 h 47 min and 161 to 502 GB; here a place knows the number of its row, and no
row is copied. Measured on 2026-11-27 on an Intel Xeon, one thread, while other work shared its 2 cores (load 6).
"""

NUMERICS = """Every script at the published run's size, its start and imports included, with `--numerics portable` and
`fast` in turn, medians, two threads of an Intel Xeon with AVX-512 and AMX; by
[numerics.py](../../tests/benchmark/numerics.py) on 2026-11-27.
"""

NOTES = """
- The whole runs, and with them the agreement, as well as neighbours and UMAP, were measured on 2026-11-25 on an Intel
  Xeon, 2 cores, when neighbours had become exact; all else on the machine named above. On that EPYC, the whole run
  took 58.5 s and 171 s before, 2.92x.
- Neighbours in the mix: the made-up embedding of this benchmark fills 32 dimensions, so that all pairs are compared;
  those of trained models fill fewer, and a tree searches them (a whole brain, below).
- The published package builds the connection graph of a matrix whose weighting by distance and retention by rows its
  user has done: both sides are first given such a matrix, then the unweighted one, with the weighting and retention
  of the published notebook, in NumPy, before the package's call. A mapped file counts as memory of the process.
- Its steps draw their neighbours in the training process: with its default of four worker processes, a step took as
  long on two cores.
- Spatial graphs, 20 sections: 6.7 edges per spot, as in the published run on the whole brain.
- Connection graph from regions, training, embedding: 2,000 regions, about 100 connections per spot at every n; at
  3,372 spots the published run's own graph. The published package is given these graphs edge by edge.
- A training step reaches 1,430, 1,500 and 970 spots at 10,000, 30,000 and 100,000: at the last, each region has 50
  spots and is wired to two others, so that a step meets the same spots more often.
- Leiden and Louvain, both igraph's, grow faster than n, by the way to memory: ten copies of the graph of 10,000 spots,
  side by side in one graph, are ten times the work, and take 21 and 30 times as long as one. They visit spots in random
  order, and at 100,000 spots the graph (100 MB) lies beyond the processor's 32 MB of cache. The stage as the pipeline
  runs it, refinement included, takes 2 s at 10,000 spots and 5 s at 100,000.
- The whole run of ours is each script of bin/ in turn, from counts to refined clusters, Python's start and imports
  included; the published package's is one process. Memory is that of the largest process.
"""


@click.command()
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
def main(folder: Path) -> None:
    """Write FOLDER/README.md from FOLDER's results."""
    (folder / "README.md").write_text(page(folder))


if __name__ == "__main__":
    main()
