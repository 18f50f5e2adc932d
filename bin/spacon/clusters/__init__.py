"""Clusters of a mix of the two embeddings."""
