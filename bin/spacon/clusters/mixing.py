"""The mix of the two embeddings at a chosen alpha."""

import numpy as np


def standardise(embedding: np.ndarray) -> np.ndarray:
    """Return the columns of (n, d) with mean 0 and population standard deviation 1; a constant column becomes 0."""
    varies = np.ptp(embedding, axis=0) > 0  # the deviation of a constant column may be rounding, not 0
    return (embedding - embedding.mean(axis=0)) / np.where(varies, embedding.std(axis=0), 1.0)


def mix(spatial: np.ndarray, connection: np.ndarray, alpha: float) -> np.ndarray:
    r"""Mix the standardised embeddings.

    .. math:: Z = w K + (1 - w) S,\quad w = \frac{e^{-4 \alpha} - 1}{e^{-4} - 1}

    Args:
        spatial, connection: shape (n, d), the same d.
        alpha: 0 is spatial only, 1 connection only.

    Returns:
        Z, shape (n, d).
    """
    weight = np.expm1(-4.0 * alpha) / np.expm1(-4.0)
    return weight * standardise(connection) + (1.0 - weight) * standardise(spatial)
