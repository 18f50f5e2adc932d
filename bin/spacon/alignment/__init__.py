"""From cells to the places of the connectivity: which cell lies in which place, and what each place holds."""
