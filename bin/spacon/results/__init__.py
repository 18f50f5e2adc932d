"""What a run leaves: annotated spots and tables."""
