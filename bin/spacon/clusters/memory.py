"""How much memory neighbours in a mix, and their clusters, take."""

from spacon.memory import GB


def neighbors_need(spots: int, width: int, neighbors: int) -> int:
    """Return the need of neighbours in a mix of so many columns, and of their weights while those become symmetric."""
    return int(0.2 * GB + spots * (300 + 12 * width + 45 * neighbors))


def layout_need(spots: int, weights: int) -> int:
    """Return the need of a UMAP: the weights, and the edges that the layout draws by them."""
    return int(0.5 * GB + spots * 200 + weights * 65)


def clustering_need(weights: int) -> int:
    """Return the need of clustering: the neighbours' weights as a matrix and as the graph that is clustered."""
    return int(0.3 * GB + weights * 95)


def most_weights(spots: int, neighbors: int) -> int:
    """Return how many weights neighbours have at most: a spot's own, and those of the spots whose neighbour it is."""
    return 2 * spots * neighbors
