"""Parameters as the stages take them. Names are those of nextflow_schema.json, which describes them all.

Frozen, and without heavy imports: `spacon.cli.options` makes the scripts' options from these fields.
"""

from dataclasses import dataclass
from typing import Literal

Device = Literal["auto", "cpu", "cuda"]


@dataclass(frozen=True)
class Stacking:
    """How far apart sections lie, where their spots have two coordinates."""

    section_key: str | None
    section_order: list[str] | None
    section_spacing: float | None


@dataclass(frozen=True)
class Preprocessing:
    """What the user's expression holds, which genes are kept and where the positions are."""

    expression_from: str
    expression_values: Literal["auto", "counts", "lognormalised"]
    hvg_above: int
    n_top_genes: int
    coordinates: str | None
    stacking: Stacking


@dataclass(frozen=True)
class Assembly:
    """What of the user's files is taken, and by which columns cells are aligned."""

    expression_from: str
    expression_values: Literal["auto", "counts", "lognormalised"]
    coordinates: str | None
    section_key: str | None
    region_key: str | None
    reference_key: str | None
    stacking: Stacking


@dataclass(frozen=True)
class Alignment:
    """How cells become the places of the connectivity."""

    align: Literal["none", "places", "regions", "grid", "top_view", "surface"]
    align_distance: float | None
    align_by_section: bool
    grid_spacing: float | None
    place_expression: Literal["sum", "mean"]
    fewest_cells: int


@dataclass(frozen=True)
class Orientation:
    """Which way up maps are drawn."""

    section_key: str | None
    flip: Literal["none", "x", "y", "both"]
    swap_xy: bool


@dataclass(frozen=True)
class SpatialRule:
    """Which spots are neighbours in space."""

    spatial_rule: Literal["knn", "radius"]
    spatial_neighbors: int
    spatial_radius: float | None
    section_key: str | None
    section_order: list[str] | None
    section_radius: float | None


@dataclass(frozen=True)
class ConnectivitySource:
    """Where a file's connectivity is, which row of it is which spot, and what its entries mean."""

    connectivity_variable: str | None
    region_key: str | None
    region_diagonal: Literal["given", "connected", "unconnected"]
    time_series: Literal["pearson", "partial", "lagged"] | None
    lag: int
    connection_direction: Literal["rows", "columns", "both"]
    negative: Literal["keep", "drop", "absolute"]
    connectivity_transform: Literal["none", "log1p", "fisher_z"]


@dataclass(frozen=True)
class ConnectionRule:
    """Which entries of connectivity become connections."""

    distance_decay: float | None
    near_percentile: float | None
    connectivity_threshold: float
    retained_fraction: float
    connection_density: float | None


@dataclass(frozen=True)
class Architecture:
    """What a model is made of, whatever the number of genes."""

    widths: list[int]
    fusion: Literal["concat", "add"]
    attention_dropout: float


@dataclass(frozen=True)
class Procedure:
    """How a model is trained."""

    epochs: int
    batch_size: int
    fanouts: list[int]
    learning_rate: float
    weight_decay: float
    gradient_clip: float


@dataclass(frozen=True)
class Computing:
    """Where training and embedding compute, and how exactly."""

    device: Device
    precision: Literal["float32", "tf32", "bfloat16"]


@dataclass(frozen=True)
class Checked:
    """All that validation looks at: what can be wrong for the data, and what decides on memory."""

    sample: str | None
    preprocessing: Preprocessing
    spatial: SpatialRule
    source: ConnectivitySource
    connection: ConnectionRule
    widths: list[int]
    batch_size: int
    fanouts: list[int]
    reconstruction: bool
    device: Device
    cluster_neighbors: int
    n_clusters: int | None
    refine_neighbors: int
    reference_key: str | None
