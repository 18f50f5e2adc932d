include { after_failure } from '../functions/failures'

process SPATIAL_GRAPH {
    tag "${sample}"
    label 'graph'
    memory { need * 1.MB * task.attempt }
    errorStrategy { after_failure(task, sample, params.on_error) }

    input:
    tuple val(sample), path(expression), val(need), val(options)
    val _code

    output:
    tuple val(sample), path('spatial_graph.npz'), emit: graph
    tuple val(sample), path('notes_spatial_graph.txt'), emit: notes
    path 'versions.yml', emit: versions

    script:
    """
    spatial_graph.py --expression ${expression} ${options} --output spatial_graph.npz --notes notes_spatial_graph.txt
    versions.py SPATIAL_GRAPH anndata numpy scipy > versions.yml
    """

    stub:
    """
    touch spatial_graph.npz notes_spatial_graph.txt
    versions.py SPATIAL_GRAPH > versions.yml
    """
}
