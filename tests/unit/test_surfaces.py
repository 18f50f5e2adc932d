"""Parcels of a surface in every form, and labels written back onto its vertices: on two icosahedra, by hand."""

import gzip
import re
import subprocess
import sys
from collections.abc import Callable
from itertools import permutations
from pathlib import Path

import anndata as ad
import nibabel as nib
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from nibabel.cifti2.cifti2_axes import BrainModelAxis, LabelAxis, SeriesAxis
from nibabel.gifti.gifti import GiftiDataArray, GiftiImage
from tests.corpus.surfaces import (
    KEYS,
    NAMES,
    POSITIONS,
    STRUCTURES,
    VERTICES,
    triangles,
    write_dlabel,
    write_geometry,
    write_parcels,
)

import surfaces
from spacon.clusters.labels import Clustering
from spacon.clusters.palette import palette
from spacon.errors import InputError
from spacon.results.annotate import add_clusterings
from spacon.surfaces.file import Surface, read_surface
from spacon.surfaces.hemisphere import side_of
from spacon.surfaces.labels import files_of, table_of
from spacon.surfaces.maps import Map, read_maps
from spacon.surfaces.matching import check_spots, parcels_of, spot_of_vertex


def named(surface: Surface) -> list[str]:
    """The name of the parcel of each vertex, left hemisphere first, '' outside."""
    return [(*found.names, "")[number] for found in surface.hemispheres for number in found.parcel]


def hexadecimal(rgba: tuple[float, ...]) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in rgba[:3])


def expected(sides: str = "LR", names: dict[int, str] = NAMES) -> list[str]:
    return [names.get(key, "") for side in sides for key in KEYS[side].tolist()]


def both(folder: Path, kind: str) -> list[Path]:
    """The parcels of both hemispheres as label.gii, shape.gii or func.gii."""
    names = NAMES if kind == "label" else None
    return [write_parcels(folder / f"p.{side}.{kind}.gii", KEYS[side], side, names) for side in "LR"]


FORMS: dict[str, Callable[[Path], list[Path]]] = {
    "label": lambda folder: both(folder, "label"),
    "dlabel": lambda folder: [write_dlabel(folder / "p.dlabel.nii")],
    "dlabel of all vertices": lambda folder: [write_dlabel(folder / "p.dlabel.nii", whole=True)],
    "dlabel, right first": lambda folder: [write_dlabel(folder / "p.dlabel.nii", "RL")],
}
NUMBERED: dict[str, Callable[[Path], list[Path]]] = {
    "shape": lambda folder: both(folder, "shape"),
    "func": lambda folder: both(folder, "func"),
}


def test_the_surface_is_an_icosahedron():
    assert len(triangles()) == 20


@pytest.mark.parametrize("form", FORMS)
def test_every_form_puts_the_same_parcels_on_the_same_vertices(tmp_path, form):
    surface = read_surface(FORMS[form](tmp_path))
    assert named(surface) == expected()
    assert [found.side for found in surface.hemispheres] == ["L", "R"]
    assert surface.names == ["A1", "A2", "M1", "MT", "V1", "V2"]


@pytest.mark.parametrize("form", NUMBERED)
def test_numbers_are_names(tmp_path, form):
    surface = read_surface(NUMBERED[form](tmp_path))
    assert named(surface) == expected(names={number: str(number) for number in NAMES})
    assert surface.names == ["1", "2", "3", "4", "5", "6"]


def test_numbers_below_one_and_missing_ones_are_outside(tmp_path):
    values = np.array([np.nan, 0, -1, 2, 10, 2, 10, 2, 2, 2, 2, 2])
    surface = read_surface([write_parcels(tmp_path / "p.L.shape.gii", values, None)])
    assert named(surface) == ["", "", "", "2", "10", "2", "10", *["2"] * 5]
    assert surface.names == ["2", "10"]


def test_one_hemisphere_is_enough(tmp_path):
    (surface,) = read_surface([write_dlabel(tmp_path / "p.dlabel.nii", "R")]).hemispheres
    assert (surface.side, surface.names) == ("R", ("A1", "A2", "M1"))
    assert surface.covered.tolist() == [0, 1, 2, 3, 4, 7, 8, 9, 10, 11]


@pytest.mark.parametrize(
    "name",
    ["???", "Background", "background+FreeSurfer_Defined_Medial_Wall", "Medial_wall", "L_medial wall", "unknown", ""],
)
def test_names_that_mean_outside(tmp_path, name):
    path = write_parcels(tmp_path / "p.L.label.gii", KEYS["L"], "L", NAMES | {3: name})
    assert named(read_surface([path])) == expected("L", {1: "V1", 2: "V2"})


def test_parcels_that_only_sound_like_outside_are_parcels(tmp_path):
    path = write_parcels(tmp_path / "p.L.label.gii", KEYS["L"], "L", NAMES | {3: "medial wall of V1"})
    assert "medial wall of V1" in read_surface([path]).names


@pytest.mark.parametrize(
    ("structure", "name", "side"),
    [
        ("CortexLeft", "parcels.label.gii", "L"),
        ("CortexRight", "parcels.label.gii", "R"),
        (None, "sub-1_hemi-L_atlas.label.gii", "L"),
        (None, "fs_LR.32k.R.label.gii", "R"),
        (None, "lh.aparc.label.gii", "L"),
        (None, "rh.aparc.label.gii", "R"),
        (None, "surf_right.surf.gii", "R"),
        ("CortexLeft", "S.R.from.L.label.gii", "L"),
        ("Cortex", "x.L.label.gii", "L"),
    ],
)
def test_the_hemisphere_is_told_by_metadata_else_by_the_name(structure, name, side):
    assert side_of(structure, name) == side


@pytest.mark.parametrize(
    ("structure", "name", "line"),
    [
        (None, "fs_LR.label.gii", "fs_LR.label.gii: of which hemisphere is it? AnatomicalStructurePrimary is not set"),
        (None, "R.to.L.label.gii", "R.to.L.label.gii: of which hemisphere is it?"),
        (
            "Cerebellum",
            "c.label.gii",
            "c.label.gii: of which hemisphere is it? AnatomicalStructurePrimary is Cerebellum",
        ),
        (
            "CortexLeft",
            "x.R.label.gii",
            "x.R.label.gii: AnatomicalStructurePrimary is 'CortexLeft', but its name says right: correct one",
        ),
    ],
)
def test_a_hemisphere_that_cannot_be_told_is_refused(structure, name, line):
    with pytest.raises(InputError) as refused:
        side_of(structure, name)
    assert str(refused.value).startswith(line)


def test_the_order_of_files_decides_nothing(tmp_path):
    paths = both(tmp_path, "label")
    paths += [write_geometry(tmp_path / f"g.{side}.surf.gii", POSITIONS[side], side) for side in "LR"]
    first, *others = (read_surface(order) for order in permutations(paths))
    for other in others:
        assert named(other) == named(first)
        np.testing.assert_array_equal(other.centres(), first.centres())


def test_a_parcel_lies_at_the_mean_of_its_vertices(tmp_path):
    paths = [write_dlabel(tmp_path / "p.dlabel.nii")]
    paths += [write_geometry(tmp_path / f"g.{side}.surf.gii", POSITIONS[side], None) for side in "LR"]
    surface = read_surface(paths)
    number = {name: key for key, name in NAMES.items()}
    for name, centre in zip(surface.names, surface.centres(), strict=True):
        side = "L" if number[name] <= 3 else "R"
        vertices = POSITIONS[side][KEYS[side] == number[name]].astype(np.float32)
        np.testing.assert_allclose(centre, vertices.mean(axis=0), rtol=1e-6)


def two_maps(folder: Path) -> list[Path]:
    path = folder / "p.L.func.gii"
    frame = GiftiDataArray(np.ones(3, dtype=np.float32), datatype="float32")
    nib.save(GiftiImage(darrays=[frame, frame]), path)
    return [path]


def series(folder: Path) -> list[Path]:
    path = folder / "p.dlabel.nii"
    axes = SeriesAxis(0, 1, 2), BrainModelAxis.from_surface([0, 1], 12, "CortexLeft")
    nib.save(nib.Cifti2Image(np.zeros((2, 2), dtype=np.float32), axes), path)
    return [path]


def cerebellum(folder: Path) -> list[Path]:
    path = folder / "p.dlabel.nii"
    axes = LabelAxis(["a"], [{0: ("?", (0, 0, 0, 0))}]), BrainModelAxis.from_surface([0, 1], 12, "Cerebellum")
    nib.save(nib.Cifti2Image(np.zeros((1, 2), dtype=np.float32), axes), path)
    return [path]


def brain(folder: Path) -> list[Path]:
    path = folder / "p.dlabel.nii"
    nib.save(nib.Nifti2Image(np.zeros((2, 2, 2)), np.eye(4)), path)
    return [path]


def written(name: str, content: bytes) -> Callable[[Path], list[Path]]:
    def write(folder: Path) -> list[Path]:
        (folder / name).write_bytes(content)
        return [folder / name]

    return write


def parcels(values: object, names: dict[int, str] | None = None, kind: str = "shape") -> Callable[[Path], list[Path]]:
    return lambda folder: [write_parcels(folder / f"p.L.{kind}.gii", np.array(values, dtype=float), "L", names)]


def geometry(*sides: str, vertices: int = VERTICES) -> Callable[[Path], list[Path]]:
    return lambda folder: [
        write_geometry(folder / f"g{number}.{side}.surf.gii", POSITIONS[side][:vertices], side)
        for number, side in enumerate(sides)
    ]


def together(*makers: Callable[[Path], list[Path]]) -> Callable[[Path], list[Path]]:
    return lambda folder: [path for make in makers for path in make(folder)]


def flat(folder: Path) -> list[Path]:
    path = folder / "g.L.surf.gii"
    nib.save(
        GiftiImage(darrays=[GiftiDataArray(np.ones((4, 2), np.float32), "NIFTI_INTENT_POINTSET", "float32")]), path
    )
    return [path]


REFUSED = {
    "another kind": (written("p.L.annot", b"x"), "p.L.annot: a surface must come in files of these kinds: .label.gii"),
    "damaged": (written("p.L.label.gii", b"<GIFTI"), "p.L.label.gii: not a GIfTI file that can be read ("),
    "no XML": (written("p.L.shape.gii", b"x"), "p.L.shape.gii: not a GIfTI file that can be read ("),
    "zipped": (
        written("p.L.shape.gii", gzip.compress(b"x", mtime=0)),
        "p.L.shape.gii: not a GIfTI file that can be read (",
    ),
    "damaged CIFTI": (written("p.dlabel.nii", b"x" * 600), "p.dlabel.nii: not a CIFTI-2 file that can be read ("),
    "an image": (brain, "p.dlabel.nii: not a CIFTI-2 file but of another kind (Nifti2Image)"),
    "time series": (series, "p.dlabel.nii: has no labels by vertex, as a .dlabel.nii has"),
    "no cortex": (
        cerebellum,
        "p.dlabel.nii: has no hemisphere of the cortex; found CIFTI_STRUCTURE_CEREBELLUM",
    ),
    "two maps": (two_maps, "p.L.func.gii: has 2 maps; bring a file with the one that has the parcels"),
    "two CIFTI maps": (
        lambda folder: [write_dlabel(folder / "p.dlabel.nii", maps=2)],
        "p.dlabel.nii: has 2 maps; bring a file with the one that has the parcels",
    ),
    "fractions": (
        parcels([1, 2.5, 3]),
        "p.L.shape.gii: its numbers are not whole; parcels are numbered from 1, and 0 is outside",
    ),
    "infinite": (parcels([1, np.inf]), "p.L.shape.gii: its numbers are not whole"),
    "positions as parcels": (
        parcels([[1, 2, 3], [4, 5, 6]]),
        "p.L.shape.gii: a number for each vertex is needed, found float32 (2, 3)",
    ),
    "key without a name": (
        parcels([1, 7], {1: "V1"}, "label"),
        "p.L.label.gii: a vertex has the key 7, which its label table does not name",
    ),
    "two keys of a name": (
        parcels([1, 2], {1: "V1", 2: "V1"}, "label"),
        "p.L.label.gii: two keys of its label table have the name 'V1'; each parcel needs its own",
    ),
    "all outside": (parcels([0, 0, 0]), "p.L.shape.gii: has no parcels: every vertex lies outside"),
    "geometry alone": (
        geometry("L"),
        "g0.L.surf.gii: has no parcels: name a .label.gii or .shape.gii or .func.gii or .dlabel.nii beside it",
    ),
    "geometry without positions": (flat, "g.L.surf.gii: has no positions of vertices, three finite numbers each"),
    "parcels twice": (
        together(parcels([1, 2]), FORMS["dlabel"]),
        "p.L.shape.gii and p.dlabel.nii: both are parcels of the left hemisphere; bring one",
    ),
    "geometry twice": (
        together(FORMS["dlabel"], geometry("L", "L")),
        "g0.L.surf.gii and g1.L.surf.gii: both are geometry of the left hemisphere; bring one",
    ),
    "geometry of one": (
        together(FORMS["label"], geometry("L")),
        "p.R.label.gii: the .surf.gii of its right hemisphere is missing",
    ),
    "geometry of the other": (
        together(parcels([1] * 12), geometry("L", "R")),
        "g1.R.surf.gii: there are no parcels of the right hemisphere; leave it out",
    ),
    "another surface": (
        together(parcels([1] * 12), geometry("L", vertices=10)),
        "g0.L.surf.gii: has 10 vertices, but p.L.shape.gii 12: both must be of one surface",
    ),
    "one name on both": (
        lambda folder: [write_parcels(folder / f"p.{side}.shape.gii", np.array([0, 1, 2]), side) for side in "LR"],
        "p.L.shape.gii: 2 of its parcels are on the other hemisphere too, such as '1', so that a spot does not tell "
        "which it is: give them other names, or numbers, on each",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_surface_is_refused_in_one_line(tmp_path, case):
    make, line = REFUSED[case]
    with pytest.raises(InputError) as refused:
        read_surface(make(tmp_path))
    assert str(refused.value).startswith(line)
    assert "\n" not in str(refused.value)


def table(names: list[str], **columns: list) -> pd.DataFrame:
    return pd.DataFrame(columns, index=names)


def test_spots_are_parcels_by_their_names_or_by_a_column(tmp_path):
    spots = table(["a", " V1 ", "c"], parcel=["V1", None, " "], number=[2.0, np.nan, 10.0])
    assert parcels_of(spots, None, "e.h5ad").tolist() == ["a", "V1", "c"]
    assert parcels_of(spots, "parcel", "e.h5ad").fillna("").tolist() == ["V1", "", ""]
    assert parcels_of(spots, "number", "e.h5ad").fillna("").tolist() == ["2", "", "10"]
    with pytest.raises(InputError, match=r"^e\.h5ad: no column 'parcle' in obs; did you mean 'parcel'\?"):
        parcels_of(spots, "parcle", "e.h5ad")


def checked(folder: Path, labels: list[str | None], key: str | None = "parcel", form: str = "label") -> list[str]:
    surface = read_surface((FORMS | NUMBERED)[form](folder))
    return check_spots(pd.Series(labels, dtype=object), surface, key, "e.h5ad")


def test_spots_that_are_all_parcels_need_no_note(tmp_path):
    assert checked(tmp_path, ["V1", "V2", "MT", "A1", "A2", "M1"]) == []


def test_spots_and_parcels_without_a_partner_are_counted(tmp_path):
    assert checked(tmp_path, ["V1", "v2", None, "M1", "MTx"]) == [
        "3 of 5 spots are no parcel of the surface, and on no map of it: 1 without a label, 'v2' (the nearest parcel "
        "is 'V2'), 'MTx' (the nearest parcel is 'MT')",
        "4 of 6 parcels of p.L.label.gii, p.R.label.gii have no spot: 'A1', 'A2', 'MT', 'V2'",
    ]


@pytest.mark.parametrize(
    ("labels", "key", "form", "line"),
    [
        (
            ["v1", "v2", None],
            "parcel",
            "dlabel",
            "e.h5ad: no spot is a parcel of p.dlabel.nii: obs['parcel'] are 'v1', 'v2', parcels 'A1', 'A2', 'M1', "
            "'MT', 'V1', ...; set --region_key to the column of obs that has the parcels",
        ),
        (
            ["cell1", "cell2"],
            None,
            "label",
            "e.h5ad: no spot is a parcel of p.L.label.gii, p.R.label.gii: their names are",
        ),
        (
            ["V1", "MT", "V1", "V1", "MT"],
            "parcel",
            "dlabel",
            "e.h5ad: 3 spots lie in the parcel 'V1' of p.dlabel.nii, which has room for one label: set --align "
            "surface, without --align_by_section",
        ),
        (
            ["0", "1", "2", "3", "4", "5"],
            None,
            "shape",
            "e.h5ad: its spots are named 0, 1, ..., as AnnData numbers them, but 0 is no parcel of p.L.shape.gii, "
            "p.R.shape.gii: name each spot by its parcel",
        ),
    ],
)
def test_spots_that_cannot_be_drawn_are_refused(tmp_path, labels, key, form, line):
    with pytest.raises(InputError) as refused:
        checked(tmp_path, labels, key, form)
    assert str(refused.value).startswith(line)


def test_the_spot_of_each_vertex(tmp_path):
    surface = read_surface(FORMS["label"](tmp_path))
    left, right = spot_of_vertex(pd.Series(["M1", None, "V2", "gone", "gone", "V1"], dtype=object), surface)
    assert left.tolist() == [-1, -1, -1, 5, 5, 5, 2, 2, -1, 2, -1, 2]
    assert right.tolist() == [-1] * 8 + [0] * 4


# Spots are V2, A1, M1, V1 and one that is no parcel; MT and A2 have none.
SPOTS = ["V2", "A1", "M1", "V1", "gone"]
FIRST, SECOND = np.array([0, 0, 1, 1, 2]), np.array([1, 0, 0, 3, 3])
KEY_OF = {"V2": 1, "A1": 1, "M1": 2, "V1": 2}, {"V2": 2, "A1": 1, "M1": 1, "V1": 4}


@pytest.fixture
def annotated(tmp_path) -> Path:
    """An h5ad as evaluation writes it, with two clusterings; the second has no cluster 2, as refined ones may."""
    spots = ad.AnnData(np.ones((5, 2), dtype=np.float32), obs=pd.DataFrame({"parcel": SPOTS}, index=list("abcde")))
    how = {"seed": 1, "method": "leiden", "resolution": 0.4, "refined": False}
    add_clusterings(spots, [Clustering(alpha=1, labels=FIRST, **how), Clustering(alpha=0, labels=SECOND, **how)])
    spots.write_h5ad(tmp_path / "clustered.h5ad")
    return tmp_path / "clustered.h5ad"


MAPS = ["spacon_alpha1_resolution0.4_seed1", "spacon_alpha0_resolution0.4_seed1"]


def run(spots: Path, paths: list[Path], folder: Path) -> dict[str, bytes]:
    words = [word for path in paths for word in ("--surfaces", str(path))]
    arguments = ["--spots", str(spots), *words, "--region-key", "parcel", "--folder", str(folder)]
    done = CliRunner().invoke(surfaces.main, arguments)
    assert done.exit_code == 0, done.output
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def keys_on(side: str, number: int) -> list[int]:
    return [KEY_OF[number].get(NAMES.get(key, ""), 0) for key in KEYS[side].tolist()]


@pytest.mark.parametrize("form", FORMS)
def test_each_vertex_gets_the_label_of_its_spot(tmp_path, annotated, form):
    run(annotated, FORMS[form](tmp_path), tmp_path / "out")
    whole = nib.load(tmp_path / "out" / "clusters.dlabel.nii")
    labels, models = whole.header.get_axis(0), whole.header.get_axis(1)
    assert labels.name.tolist() == MAPS
    assert whole.nifti_header.get_intent()[0] == "ConnDenseLabel"
    for number, name in enumerate(MAPS):
        for side, structure in STRUCTURES.items():
            image = nib.load(tmp_path / "out" / f"{name}.{side}.label.gii")
            (array,) = image.darrays
            assert array.data.tolist() == keys_on(side, number)
            assert array.meta["Name"] == name
            assert image.meta["AnatomicalStructurePrimary"] == structure
        for structure, where, axis in models.iter_structures():
            side = {"CIFTI_STRUCTURE_CORTEX_LEFT": "L", "CIFTI_STRUCTURE_CORTEX_RIGHT": "R"}[structure]
            found = np.zeros(VERTICES)
            found[axis.vertex] = np.asarray(whole.dataobj)[number, where]
            assert found.tolist() == keys_on(side, number)
            assert len(axis.vertex) == (10 if form in ("dlabel", "dlabel, right first") else 12)


def test_keys_and_colours_are_those_of_the_report(tmp_path, annotated):
    run(annotated, FORMS["label"](tmp_path), tmp_path / "out")
    spots = ad.read_h5ad(annotated)
    labels = nib.load(tmp_path / "out" / "clusters.dlabel.nii").header.get_axis(0)
    for number, name in enumerate(MAPS):
        clusters = spots.obs[name].cat.categories.astype(int)
        colours = dict(zip((clusters + 1).tolist(), spots.uns[f"{name}_colors"], strict=True))
        image = nib.load(tmp_path / "out" / f"{name}.R.label.gii")
        of_gifti = {label.key: (label.label, label.rgba) for label in image.labeltable.labels}
        for found in (of_gifti, labels.label[number]):
            assert found.pop(0) == ("???", (0, 0, 0, 0))
            assert {key: name for key, (name, _) in found.items()} == {key: str(key - 1) for key in colours}
            shown = {key: hexadecimal(rgba) for key, (_, rgba) in found.items()}
            assert shown == colours
            assert {rgba[3] for _, rgba in found.values()} == {1}
    assert list(spots.uns[f"{MAPS[0]}_colors"]) == palette(3)
    assert list(spots.uns[f"{MAPS[1]}_colors"]) != palette(3)  # they follow those of the first


def test_colours_of_every_shade_come_back_exactly():
    colours = {number: f"#{number:02x}{255 - number:02x}{(7 * number) % 256:02x}" for number in range(256)}
    found = table_of(Map("any", np.zeros(1, dtype=int), colours))
    assert {key - 1: hexadecimal(rgba) for key, (_, rgba) in found.items() if key} == colours


def test_one_hemisphere_has_files_of_its_own_alone(tmp_path, annotated):
    files = run(annotated, [write_parcels(tmp_path / "p.R.label.gii", KEYS["R"], "R", NAMES)], tmp_path / "out")
    assert set(files) == {"clusters.dlabel.nii", *(f"{name}.R.label.gii" for name in MAPS)}
    models = nib.load(tmp_path / "out" / "clusters.dlabel.nii").header.get_axis(1)
    assert set(models.name) == {"CIFTI_STRUCTURE_CORTEX_RIGHT"}


def test_equal_runs_write_equal_bytes(tmp_path, annotated):
    paths = FORMS["label"](tmp_path)
    assert run(annotated, paths, tmp_path / "one") == run(annotated, paths[::-1], tmp_path / "two")


def test_bytes_do_not_hang_on_the_process(tmp_path, annotated):
    """Hashes of text, by which Python orders sets, differ between processes."""
    paths = FORMS["dlabel"](tmp_path)
    found = []
    for seed in ("1", "2"):
        words = ["--spots", annotated, "--surfaces", paths[0], "--region-key", "parcel", "--folder", tmp_path / seed]
        subprocess.run([sys.executable, surfaces.__file__, *map(str, words)], check=True, env={"PYTHONHASHSEED": seed})
        found.append({path.name: path.read_bytes() for path in (tmp_path / seed).iterdir()})
    assert found[0] == found[1]


def test_gifti_is_compressed(tmp_path, annotated):
    run(annotated, FORMS["label"](tmp_path), tmp_path / "out")
    text = (tmp_path / "out" / f"{MAPS[0]}.L.label.gii").read_text()
    assert re.findall(r'Encoding="(\w+)"', text) == ["GZipBase64Binary"]


def test_maps_are_the_clusterings_in_their_order(annotated):
    obs, maps = read_maps(annotated)
    assert obs["parcel"].tolist() == SPOTS
    assert [each.name for each in maps] == MAPS
    assert [each.cluster.tolist() for each in maps] == [FIRST.tolist(), SECOND.tolist()]
    assert list(maps[1].colours) == [0, 1, 3]


def test_a_map_without_spots_on_one_hemisphere_is_empty_there(tmp_path):
    surface = read_surface(FORMS["label"](tmp_path))
    only_left = Map("m", np.array([0]), {0: "#4477aa"})
    spots = spot_of_vertex(pd.Series(["V1"]), surface)
    content = dict(files_of([only_left], surface, spots))
    image = GiftiImage.from_bytes(content["m.R.label.gii"])
    assert image.darrays[0].data.tolist() == [0] * VERTICES
