"""Cells of any source become one table of spots: as they are, or aligned to places."""
