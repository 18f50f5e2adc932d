"""Connectivity of the spots: its forms in memory, and which row of a file is which spot."""
