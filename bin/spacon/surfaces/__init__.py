"""Surfaces of the brain: which vertex lies in which parcel, and labels of parcels written back onto the vertices."""
