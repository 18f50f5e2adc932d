"""Names under which results stand in an AnnData file: what users' scripts and other tools hold on to."""

SPATIAL = "spatial"  # obsm: two coordinates, for plots
SPATIAL_3D = "spatial_3d"  # obsm: three coordinates, where there are three
SAMPLE = "sample"  # obs, categorical
PLACE, CELLS = "place", "cells"  # obs, where cells were aligned: name of the place, how many cells it holds

SPATIAL_GRAPH = "spatial"  # obsp: spatial_connectivities, spatial_distances
CONNECTION_GRAPH = "connectome"  # obsp: connectome_connectivities, connectome_distances

EMBEDDING_SPATIAL = "X_spacon_spatial"  # obsm
EMBEDDING_CONNECTIVITY = "X_spacon_connectivity"  # obsm
EMBEDDING_MIX = "X_spacon"  # obsm, at the first alpha of the run
UMAP = "X_umap"  # obsm, of that; X_umap_alpha<alpha> at every alpha
RECONSTRUCTION = "spacon_reconstruction"  # layers, on request
SOURCE = "spacon_source"  # uns: where the data come from, one line per source
STACKED = "spacon_section_spacing"  # uns: how far apart the sections of aligned cells were taken to lie
ASSEMBLED = "spacon_assembled"  # uns: which expression of the user's file X holds
PARAMETERS = "spacon"  # uns: every parameter of the run
