"""Connectivity as the user brought it: its forms in memory, the files that hold it, and which row is which spot."""
