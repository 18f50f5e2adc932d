"""Data to try the pipeline with."""
