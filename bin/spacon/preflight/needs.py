"""The memory that each stage will need for a sample, known before any of them starts."""

from collections.abc import Sequence

from spacon.clusters.memory import clustering_need, layout_need, max_weights, neighbors_need
from spacon.data.memory import preprocessing_need
from spacon.graphs.memory import connection_graph_need, spatial_graph_need
from spacon.memory import Size
from spacon.model.memory import CUDA, embedding_need, training_need
from spacon.parameters import Checked
from spacon.report.memory import report_need
from spacon.results.memory import results_need


def needs(size: Size, brought: int, held: int, wanted: Checked) -> dict[str, int]:
    """Return the memory that each stage will need, in MB; the keys are the names of the scripts, and `report`.

    Args:
        size: of the sample.
        brought: bytes of the expression with all its genes.
        held: bytes of the connectivity in memory.
        wanted: the parameters that decide.
    """
    widths: Sequence[int] = wanted.widths
    weights = max_weights(size.spots, wanted.cluster_neighbors)
    gpu = 0 if wanted.device == "cpu" else CUDA
    bytes_of = {
        "preprocess": preprocessing_need(brought),
        "spatial_graph": spatial_graph_need(size.spots, size.spatial_edges),
        "connection_graph": connection_graph_need(size.connections, held),
        "train": gpu + training_need(size, widths, wanted.batch_size, wanted.fanouts),
        "embed": gpu + embedding_need(size, widths, reconstruction=wanted.reconstruction),
        "neighbors": neighbors_need(size.spots, widths[-1], wanted.cluster_neighbors),
        "layout": layout_need(size.spots, weights),
        "cluster": clustering_need(weights),
        "evaluate": results_need(size),
        "report": report_need(size),
    }
    return {stage: -(-need // 10**6) for stage, need in bytes_of.items()}
