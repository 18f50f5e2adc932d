"""The options of a script, from the arguments of its `main`: each name, type and help text is written down once.

An option is required unless its type allows None. A dataclass among the arguments stands for its fields. What an option
means is told by nextflow_schema.json if it is a parameter, else by `HELP`. Every script has `--numerics` beside them.
"""

import json
import types
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import click

from spacon.cli.command import Script
from spacon.cli.numerics import NUMERICS
from spacon.errors import InputError

InputFile = Annotated[Path, click.Path(exists=True, dir_okay=False, path_type=Path)]
InputPath = Annotated[Path, click.Path(exists=True, path_type=Path)]  # a file or a folder
OutputFile = Annotated[Path, click.Path(dir_okay=False, path_type=Path)]
Share = Annotated[float, click.FloatRange(0, 1)]
Wanted = TypeVar("Wanted")

# Files, and what differs from task to task.
HELP = {
    "after": "Crate of the run that repeated the other.",
    "alpha": "Share of the connection embedding: 0 spatial only, 1 connection only; once per mix.",
    "assembly": "What was counted in putting the spots together, and of which files, JSON.",
    "before": "Crate of the run that was repeated.",
    "clustering": "Labels of one clustering, .npz; once per clustering.",
    "clusters": "Labels to write, CSV.",
    "connection_graph": "A[i, j] = 1 where spot i projects to spot j, .npz.",
    "connectivity": "A matrix, edges or time series, between spots or regions; twice, for two files of a product.",
    "crate": "Crate of a run, to write, .crate.zip.",
    "embedding": "Embeddings of all spots with one seed, .npz.",
    "executed": "Executed notebook to write.",
    "expression": "Spots x genes, h5ad; what is assembled may have any form.",
    "folder": "Folder of the files, to write.",
    "gene_table": "Identifiers and symbols of the genes, csv, tsv or parquet.",
    "history": "Loss of each epoch, CSV.",
    "html": "Page to write.",
    "layout": "UMAP of one mix, .npz; once per alpha.",
    "made": "Folder of what the run made, in numbered folders, in the order of the record.",
    "metadata": "What the crate says, to write, ro-crate-metadata.json.",
    "metrics": "One row per clustering, to write, CSV.",
    "mix": "Mix of the embeddings and the weights of neighbours in it, .npz; once per alpha.",
    "model": "Trained weights, safetensors.",
    "n_clusters": "Search for the resolution whose number of clusters is nearest this.",
    "notebook": "Notebook with a cell tagged `parameters`.",
    "notes": "What the user should know, to write, one line per note.",
    "output": "What the script makes; once per mix and resolution where it takes several, in their order.",
    "page": "HTML around the notebook's outputs: $title, $body.",
    "parameters": "Every parameter, JSON; of a notebook, texts and lists of texts, YAML.",
    "pipeline": "Folder of the pipeline's code.",
    "places": "Where the rows of the connectivity lie, csv, tsv, parquet or npy; or streamlines of a top view, HDF5.",
    "readme": "What the crate is, in words, to write, README.md.",
    "record": "What is known of the run, JSON (modules/functions/record.nf).",
    "resolution": "Higher gives more clusters; once per resolution.",
    "sample": "Name of the sample, which its results carry.",
    "seed": "Of all that is random.",
    "source": "Folder of the crate for the pipeline's code, to write.",
    "spatial_graph": "A[i, j] = 1 where spot i points at spot j, .npz.",
    "spots": "Annotated spots, h5ad.",
    "stage_notes": "Notes of an earlier stage, notes_<stage>.txt.",
    "summary": "What was found, to write, JSON.",
    "surfaces": "Parcels of a surface, GIfTI or CIFTI, or its geometry, .surf.gii; once per file.",
    "tables": "Table about the spots, csv, tsv or parquet; once per table.",
    "threads": "CPU threads.",
    "title": "Title of the page.",
    "unmatched": "Cells without a place, to write, CSV.",
    "verifier": "Script that checks the crate, to write, verify.py.",
    "wheel": "The wheel of wormneuroatlas 0.0.7.3, as downloaded.",
}


@cache
def _described() -> dict[str, str]:
    """Return the schema's description of each parameter; none in a cloud's task, to which only `bin` is brought."""
    schema = Path(__file__).resolve().parents[3] / "nextflow_schema.json"
    if not schema.exists():
        return {}
    groups = json.loads(schema.read_text(encoding="utf-8"))["$defs"].values()
    return {name: found["description"] for group in groups for name, found in group["properties"].items()}


def script(main: Callable[..., None]) -> Script:
    """Make the click command of a script from its `main`."""
    arguments = get_type_hints(main, include_extras=True)
    del arguments["return"]
    options: list[click.Parameter] = [_option(name, kind) for name, kind in _flat(arguments).items()]
    help_text = _described().get("numerics")
    options.append(click.Option(["--numerics"], type=click.Choice(NUMERICS), default=NUMERICS[0], help=help_text))

    def call(**values: Any) -> None:
        main(**{name: _built(name, kind, values) for name, kind in arguments.items()})

    return Script(main.__name__, params=options, callback=call, help=main.__doc__)


def _fields(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind, include_extras=True)
    return {field.name: hints[field.name] for field in fields(kind)}


def _flat(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the types of all arguments by name, those of dataclasses by field."""
    flat: dict[str, Any] = {}
    for name, kind in arguments.items():
        flat |= _flat(_fields(kind)) if is_dataclass(kind) else {name: kind}
    return flat


def _built(name: str, kind: Any, values: dict[str, Any]) -> Any:
    """Return the value of an argument; a dataclass is made of its fields."""
    if not is_dataclass(kind):
        return values[name]
    make: Any = kind
    return make(**{field: _built(field, inner, values) for field, inner in _fields(kind).items()})


def _option(name: str, kind: Any) -> click.Option:
    """Return the option of an argument of a plain type, a choice, a list of them, or several files."""
    flag = f"--{name.replace('_', '-')}"
    optional = get_origin(kind) in (Union, types.UnionType)
    if optional:
        kind = next(inner for inner in get_args(kind) if inner is not type(None))
    settings: dict[str, Any] = {"required": not optional, "help": HELP.get(name) or _described().get(name)}
    if kind is bool:
        return click.Option([f"{flag}/--no-{flag[2:]}"], **settings)
    if get_origin(kind) is tuple:
        kind, settings["multiple"] = get_args(kind)[0], True
    if get_origin(kind) is list:
        return click.Option([flag], callback=list_of(get_args(kind)[0]), **settings)
    if get_origin(kind) is Literal:
        kind = click.Choice(get_args(kind))
    elif get_origin(kind) is Annotated:
        kind = kind.__metadata__[0]
    return click.Option([flag], type=kind, **settings)


def list_of(kind: type) -> Callable[[click.Context, click.Parameter, str | None], list[Any] | None]:
    """Return a click callback that reads a comma-separated list of `kind`, such as `256,128,32`."""

    def parse(_context: click.Context, _parameter: click.Parameter, value: str | None) -> list[Any] | None:
        if value is None:
            return None
        try:
            return [kind(part.strip()) for part in value.split(",")]
        except ValueError as error:
            raise click.BadParameter(f"'{value}' is not a comma-separated list of {kind.__name__} values") from error

    return parse


def with_outputs(wanted: Sequence[Wanted], outputs: Sequence[Path], each: int = 1) -> list[tuple[Wanted, list[Path]]]:
    """Return each thing wanted and the files to write of it, so many of each, in their order.

    Raises:
        InputError: If more or fewer files are named.
    """
    needed = each * len(wanted)
    if len(outputs) != needed:
        raise InputError(f"outputs named: {len(outputs)}; needed: {needed}, one per mix and resolution")
    return [(one, list(outputs[place * each : (place + 1) * each])) for place, one in enumerate(wanted)]
