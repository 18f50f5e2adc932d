// The two graphs over the spots of a sample.

include { SPATIAL_GRAPH    } from '../processes/spatial_graph'
include { CONNECTION_GRAPH } from '../processes/connection_graph'
include { with_memory      } from '../functions/summaries'
include { with_options     } from '../functions/channels'

workflow GRAPHS {
    take:
    preprocessed // [sample, preprocessed.h5ad]
    connectivities // [sample, connectivity file, time]
    summaries // [sample, validated.json]
    plan

    main:
    near = with_memory(preprocessed, summaries, 'spatial_graph')
    wired = with_memory(preprocessed.join(connectivities), summaries, 'connection_graph')
    SPATIAL_GRAPH(with_options(near, plan, 'spatial_graph'), plan.code.spatial_graph)
    CONNECTION_GRAPH(with_options(wired, plan, 'connection_graph'), plan.code.connection_graph)

    emit:
    graphs = SPATIAL_GRAPH.out.graph.join(CONNECTION_GRAPH.out.graph) // [sample, spatial_graph.npz, connection_graph.npz]
    connection_summaries = CONNECTION_GRAPH.out.summary // [sample, connection_graph.json]
    spatial_notes = SPATIAL_GRAPH.out.notes // [sample, notes_spatial_graph.txt]
    connection_notes = CONNECTION_GRAPH.out.notes // [sample, notes_connection_graph.txt]
    versions = SPATIAL_GRAPH.out.versions.mix(CONNECTION_GRAPH.out.versions)
}
