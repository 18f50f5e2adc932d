"""Expression from every form: the same cells, genes and numbers; what is counted on the way; one h5ad of all."""

import json
from pathlib import Path

import anndata as ad
import h5py
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from click.testing import CliRunner, Result
from tests.corpus import providers
from tests.corpus.providers import CCF, COUNTS, ENSEMBL, FOLDERS, FORMS, IDS, PLACES, SECTION, SYMBOLS, N

import assemble
import preprocess
from spacon.data.expression import log_base
from spacon.data.spots_file import read_spots, write_spots
from spacon.errors import InputError
from spacon.sources import rows
from spacon.sources.cells import kept, whole
from spacon.sources.file import read_cells
from spacon.sources.genes import unique_names

MADE = {"output": "out.h5ad", "assembly": "assembly.json", "unmatched": "unmatched.csv"}


def assembled(told: dict, folder: Path, source: str = "X") -> tuple[ad.AnnData, list[str]]:
    """Run the script on what the pipeline is told, and return its spots and notes."""
    done = run(told, folder, source)
    assert done.exit_code == 0, done.stderr
    return ad.read_h5ad(folder / "out.h5ad"), json.loads((folder / "assembly.json").read_text())["notes"]


def run(told: dict, folder: Path, source: str = "X", align: str = "none") -> Result:
    files = [f"--tables={path}" for path in told.get("tables", ())]
    files += [f"--gene-table={told['gene_table']}"] if "gene_table" in told else []
    files += [f"--places={told['places']}"] if "places" in told else []
    made = [f"--{name}={folder / file}" for name, file in MADE.items()]
    given = ["--sample=one", f"--expression={told['expression']}", f"--expression-from={source}", *files, *made]
    given += ["--expression-values=auto", f"--align={align}", "--no-align-by-section"]
    given += ["--place-expression=sum", "--fewest-cells=1"]
    return CliRunner().invoke(assemble.main, given, catch_exceptions=False)


def arrays_of(path: Path) -> dict[str, tuple[str, bytes]]:
    """Return the type and bytes of every array below X, obs and var of an h5ad file."""
    found = {}

    def look(name: str, entry: h5py.Dataset | h5py.Group) -> None:
        if isinstance(entry, h5py.Dataset):
            values = entry[()]
            found[name] = (str(values.dtype), values.tobytes() if values.dtype != object else repr(values.tolist()))

    with h5py.File(path) as file:
        for part in ("X", "obs", "var"):
            file[part].visititems(lambda name, entry, part=part: look(f"{part}/{name}", entry))
    return found


@pytest.mark.parametrize(("write", "source"), FORMS.values(), ids=FORMS)
def test_every_form_gives_the_same_bytes(tmp_path, write, source):
    providers.h5ad(lambda counts: sp.csr_matrix(counts.astype(np.float32)))(tmp_path)
    assembled({"expression": tmp_path / "spots.h5ad"}, tmp_path)
    expected = arrays_of(tmp_path / "out.h5ad")
    assert {"X/data", "X/indices", "X/indptr", "obs/_index", "var/_index"} <= set(expected)
    found, _ = assembled({"expression": write(tmp_path)}, tmp_path, source)
    assert arrays_of(tmp_path / "out.h5ad") == expected
    assert found.X.toarray().tolist() == COUNTS.tolist()
    assert (list(found.obs_names), list(found.var_names)) == (IDS, SYMBOLS)
    assert dict(found.uns) == {"spacon_assembled": source}


@pytest.mark.parametrize("write", FOLDERS.values(), ids=FOLDERS)
def test_folders_give_the_same_cells_with_their_coordinates(tmp_path, write):
    found, _ = assembled(write(tmp_path), tmp_path)
    assert found.X.toarray().tolist() == COUNTS.tolist()
    assert (list(found.obs_names), list(found.var_names)) == (IDS, SYMBOLS)
    assert found.obsm["spatial"].tolist() == PLACES.tolist()


@pytest.mark.parametrize("numbers", [1, 13, 25, 2**24])
@pytest.mark.parametrize(("write", "source"), FORMS.values(), ids=FORMS)
def test_chunks_of_any_length_make_up_the_whole(tmp_path, monkeypatch, write, source, numbers):
    monkeypatch.setattr(rows, "CHUNK", numbers)
    cells = read_cells(write(tmp_path), source)
    chunks = list(cells.chunks())
    most = max(1, numbers // len(SYMBOLS))
    assert all(0 < chunk.shape[0] <= most and chunk.has_canonical_format for chunk in chunks)
    assert whole(cells, "x").toarray().tolist() == COUNTS.tolist()
    wanted = np.arange(N) % 7 == 2
    some = kept(cells, wanted)
    assert whole(some, "x").toarray().tolist() == COUNTS[wanted].tolist()
    assert list(some.obs.index) == [IDS[number] for number in range(N) if number % 7 == 2]


@pytest.mark.parametrize(("kind", "mark"), [("raw", None), ("log2", 2.0)])
def test_files_of_the_allen_atlas_are_joined(tmp_path, kind, mark):
    found, notes = assembled(providers.zhuang(tmp_path, kind), tmp_path)
    # Cell 0 has no coordinates in the framework, 38 and 39 are not in the table of all cells.
    values = COUNTS if mark is None else np.log2(1 + COUNTS)
    np.testing.assert_array_equal(found.X.toarray(), values[1:-2].astype(np.float32))
    assert list(found.obs_names) == IDS[1:-2]
    assert list(found.var_names) == SYMBOLS
    assert found.obsm["spatial"].tolist() == PLACES[1:-2].tolist()
    assert found.obsm["spatial_3d"].tolist() == CCF[1:-2].tolist()
    assert found.obs["brain_section_label"].tolist() == SECTION[1:-2].tolist()
    assert found.obs["x_ccf"].tolist() == CCF[1:-2, 0].tolist()
    assert found.obs["x"].tolist() == PLACES[1:-2, 0].tolist()
    assert set(found.obs["class"]) == {"01 IT-ET Glut", "30 Astro", "NA"}
    assert not [column for column in found.obs if column.startswith(("donor_label_", "brain_section_label_"))]
    assert found.uns.get("log1p") == (None if mark is None else {"base": mark})
    if mark:
        assert log_base(found, "x") == 2
    for note in (
        "cell_metadata.csv: 2 of 40 cells have no row and are left out",
        "ccf_coordinates.csv: 1 of 40 cells has no row and is left out",
        "ccf_coordinates.csv: columns are kept under other names: 'x' as 'x_ccf', 'y' as 'y_ccf', 'z' as 'z_ccf'",
        "37 of 40 cells have a row in every table and are kept",
        "ccf_coordinates.csv: x, y, z (mm; Allen atlas) are obsm['spatial_3d']; y counts downwards, as rows of an "
        "image do",
    ):
        assert note in notes


def test_logarithms_of_base_2_become_natural_ones(tmp_path):
    assembled(providers.zhuang(tmp_path, "log2"), tmp_path)
    given = ["--sample=one", "--expression-from=X", "--expression-values=auto", "--hvg-above=5000"]
    files = [f"--expression={tmp_path / 'out.h5ad'}", f"--output={tmp_path / 'preprocessed.h5ad'}"]
    maps = ["--n-top-genes=3000", "--flip=none", "--no-swap-xy"]
    done = CliRunner().invoke(preprocess.main, [*given, *maps, *files], catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    found = ad.read_h5ad(tmp_path / "preprocessed.h5ad")
    np.testing.assert_allclose(found.X.toarray(), np.log1p(COUNTS[1:-2]), rtol=1e-6)
    assert found.obsm["spatial_3d"].tolist() == CCF[1:-2].tolist()
    assert found.obsm["spatial"].tolist() == PLACES[1:-2].tolist()


def test_a_file_that_says_its_base_is_believed(tmp_path):
    told = providers.zhuang(tmp_path, "log2")
    spots = ad.read_h5ad(told["expression"])
    spots.uns["log1p"] = {"base": 10}
    spots.write_h5ad(told["expression"])
    assert read_cells(told["expression"]).uns == {"log1p": {"base": 10}}


@pytest.mark.parametrize(("write", "source"), [FORMS["h5ad, layer"], FORMS["h5ad, raw"]])
def test_what_was_assembled_is_read_from_x_whatever_the_source(tmp_path, write, source):
    assembled({"expression": write(tmp_path)}, tmp_path, source)
    assert read_spots(tmp_path / "out.h5ad", source).X.toarray().tolist() == COUNTS.tolist()
    again = read_cells(tmp_path / "out.h5ad", source)
    assert whole(again, "x").toarray().tolist() == COUNTS.tolist()
    with pytest.raises(InputError, match="which expression_from names"):
        read_spots(providers.h5ad(lambda counts: counts.astype(np.float32))(tmp_path), source)


def test_logarithms_that_were_assembled_keep_their_mark_whatever_the_source(tmp_path):
    spots = providers.spots(np.log1p(COUNTS).astype(np.float32))
    spots.uns |= {"log1p": {}, "spacon_assembled": "raw"}
    write_spots(spots, tmp_path / "spots.h5ad")
    assert "log1p" in read_spots(tmp_path / "spots.h5ad", "raw").uns


def test_entries_in_disorder_and_twice_are_summed(tmp_path):
    # Row 0: 200 + 100 in column 1, which eight bits do not hold, and 1 in column 0; row 1 is empty.
    matrix = sp.csr_matrix((np.array([200, 1, 100], dtype=np.uint8), [1, 0, 1], [0, 3, 3]), shape=(2, 2))
    spots = ad.AnnData(matrix)
    spots.write_h5ad(tmp_path / "spots.h5ad")
    assert whole(read_cells(tmp_path / "spots.h5ad"), "x").toarray().tolist() == [[1, 300], [0, 0]]


def test_whole_numbers_beyond_single_precision_stay_exact(tmp_path):
    spots = ad.AnnData(sp.csr_matrix(np.array([[2.0**24 + 1, 0], [1, 2]])))
    spots.write_h5ad(tmp_path / "spots.h5ad")
    assert whole(read_cells(tmp_path / "spots.h5ad"), "x").toarray().tolist() == [[2**24 + 1, 0], [1, 2]]


def test_what_cannot_be_coordinates_is_left_out(tmp_path):
    spots = providers.spots()
    spots.obsm.update(
        {"spatial": PLACES, "X_pca": np.ones((N, 50)), "table": pd.DataFrame(CCF, index=IDS, columns=list("xyz"))}
    )
    spots.write_h5ad(tmp_path / "spots.h5ad")
    found = read_cells(tmp_path / "spots.h5ad").obsm
    assert set(found) == {"spatial", "table"}
    assert found["table"].tolist() == CCF.tolist()


def test_features_that_are_no_genes_are_counted(tmp_path):
    cells = read_cells(providers.tenx(tmp_path / "matrix.h5", controls=4))
    assert cells.notes == ("matrix.h5: 4 of 16 features are no genes and are left out (Negative Control Probe: 4)",)


def test_blanks_among_the_genes_of_merscope_are_counted(tmp_path):
    note = "cell_by_gene.csv: 2 of 14 columns are no genes and are left out (Blank*)"
    assert read_cells(providers.merscope(tmp_path)["expression"]).notes[0] == note


def test_a_column_that_is_taken_for_the_identifiers_is_said(tmp_path):
    (tmp_path / "c.csv").write_text("neuron,A\nADAL,1\nADAR,2\n")
    cells = read_cells(tmp_path / "c.csv")
    assert list(cells.obs.index) == ["ADAL", "ADAR"]
    assert cells.notes == ("c.csv: the first column, 'neuron', is taken for the identifiers of the cells",)


def test_an_index_without_a_name_holds_the_identifiers_of_parquet(tmp_path):
    pd.DataFrame(COUNTS, columns=SYMBOLS, index=IDS).to_parquet(tmp_path / "c.parquet")
    cells = read_cells(tmp_path / "c.parquet")
    assert (list(cells.obs.index), cells.notes) == (IDS, ())
    assert whole(cells, "x").toarray().tolist() == COUNTS.tolist()


def test_spatialdata_without_coordinates_in_its_table_is_noted(tmp_path):
    assert read_cells(providers.spatialdata(tmp_path)).notes == (
        "sample.zarr: its table has no obsm['spatial'], and shapes are not read: store their centroids there, or bring "
        "a table of them",
    )


@pytest.mark.parametrize(
    ("symbols", "names", "notes"),
    [
        (["A", "B", "C"], ["A", "B", "C"], []),
        (["A", "", "C"], ["A", "e1", "C"], ["x: 1 of 3 genes has no symbol and keeps its identifier"]),
        (
            ["A", "B", "A"],
            ["e0", "B", "e2"],
            ["x: 2 genes share their symbols with others ('A', for one) and keep their identifiers"],
        ),
        (
            ["e1", "B", "C"],  # a symbol that is another gene's identifier
            ["e0", "B", "C"],
            ["x: 1 gene shares its symbol with others ('e1', for one) and keeps its identifier"],
        ),
    ],
)
def test_names_of_genes_are_unique(symbols, names, notes):
    assert unique_names(symbols, ["e0", "e1", "e2"], "x") == (tuple(names), notes)


def test_genes_are_named_by_a_table(tmp_path):
    told = providers.zhuang(tmp_path)
    table = pd.read_csv(told["gene_table"])
    table["gene_symbol"] = ["Twin", "Twin", None, *SYMBOLS[3:]]
    table[::-1].to_csv(told["gene_table"], index=False)
    found, notes = assembled(told, tmp_path)
    assert list(found.var_names) == [*ENSEMBL[:3], *SYMBOLS[3:]]
    assert "gene.csv: 1 of 12 genes has no symbol and keeps its identifier" in notes
    assert "gene.csv: 2 genes share their symbols with others ('Twin', for one) and keep their identifiers" in notes


def test_one_bin_size_of_visium_hd_is_a_folder_of_its_own(tmp_path):
    providers.visium_hd(tmp_path)
    cells = read_cells(tmp_path / "binned_outputs" / "square_008um")
    assert whole(cells, "x").toarray().tolist() == COUNTS.tolist()
    assert cells.obsm["spatial"].tolist() == PLACES.tolist()


@pytest.mark.parametrize("write", [FOLDERS["Xenium"], FOLDERS["MERSCOPE"]])
def test_identifiers_that_look_like_numbers_survive(tmp_path, write):
    ids = [f"{number:04d}" for number in range(N)]  # zeros in front
    assert list(read_cells(write(tmp_path, ids)["expression"]).obs.index) == ids


def test_identifiers_of_parquet_may_be_whole_numbers(tmp_path):
    ids = [str(2**60 + number) for number in range(N)]
    providers.xenium(tmp_path, ids)
    cells = pd.read_parquet(tmp_path / "cells.parquet")
    cells.assign(cell_id=np.array(ids, dtype=np.int64)).to_parquet(tmp_path / "cells.parquet")
    assert list(read_cells(tmp_path).obs.index) == ids


def test_a_result_of_an_earlier_run_is_left_out_and_said(tmp_path):
    spots = providers.spots()
    spots.obs["sample"], spots.obs["area"] = "one", 1.0
    spots.write_h5ad(tmp_path / "spots.h5ad")
    found, notes = assembled({"expression": tmp_path / "spots.h5ad"}, tmp_path)
    assert list(found.obs) == ["area"]
    assert notes == []  # the sample's own name


def test_more_than_the_memory_is_refused_before_it_is_read(tmp_path, monkeypatch):
    from spacon import memory

    path = providers.h5ad(lambda counts: counts.astype(np.float32))(tmp_path)
    cells = read_cells(path)
    monkeypatch.setattr(memory, "available", lambda: 1000)
    with pytest.raises(InputError, match=r"^spots\.h5ad: reading the cells needs about 0\.5 GB of memory, but only"):
        read_cells(path)
    with pytest.raises(InputError, match=r"^x: the expression of 40 cells needs about 0\.0 GB of memory, but only"):
        whole(cells, "x")


def wrong_files(folder: Path, expression: str) -> dict:
    """Cells, and of each kind of table one that is wrong; two about the cells."""
    texts = {
        "cells.csv": expression,
        "about.csv": "cell_id,area\nnobody,V1\n",
        "more.tsv": "cell_id\tlayer\nnobody\tL1\n",
        "genes.csv": "gene_id;gene_name\nA;B\n",
        "places.csv": "x,y\n1,west\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    tables = [folder / "about.csv", folder / "more.tsv"]
    given = {"expression": "cells.csv", "gene_table": "genes.csv", "places": "places.csv"}
    return {"tables": tables, **{role: folder / name for role, name in given.items()}}


def test_all_that_is_wrong_with_a_sample_s_files_is_named_at_once(tmp_path):
    done = run(wrong_files(tmp_path, "cell_id,A\na,1\nb,2\n"), tmp_path, align="places")
    assert done.exit_code == 2
    words = {
        "about.csv": "none of its rows names one of the 2 cells",
        "more.tsv": "none of its rows names one of the 2 cells",
        "genes.csv": "its columns are separated by semicolons",
        "places.csv": "coordinates",
    }
    for line, (name, said) in zip(done.stderr.splitlines(), words.items(), strict=True):
        assert line.startswith(f"error: {name}: ")
        assert said in line
    assert not (tmp_path / "out.h5ad").exists()


def test_what_is_wrong_beside_expression_that_cannot_be_read_is_named_too(tmp_path):
    done = run(wrong_files(tmp_path, "cell_id;A\na;1\n"), tmp_path, align="places")
    assert done.exit_code == 2
    assert [line.split(":")[1] for line in done.stderr.splitlines()] == [" cells.csv", " genes.csv", " places.csv"]


def test_places_and_coordinates_that_are_missing_are_named_at_once(tmp_path):
    (tmp_path / "cells.csv").write_text("cell_id,A\na,1\nb,2\n")
    told = {"expression": tmp_path / "cells.csv"}
    places, coordinates = run(told, tmp_path, align="places").stderr.splitlines()
    assert places == (
        "error: cells.csv: align is 'places', which needs a table of the places in the column places of the sheet"
    )
    assert coordinates.startswith("error: cells.csv: no coordinates found; looked for spatial_3d; ")
