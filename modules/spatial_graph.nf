process SPATIAL_GRAPH {
    tag "${sample}"
    label 'graph'
    memory { need * 1.MB * task.attempt }

    input:
    tuple val(sample), path(expression), val(need)
    tuple val(options), path(code, stageAs: 'spacon/*')

    output:
    tuple val(sample), path('spatial_graph.npz'), emit: graph
    path 'versions.yml', emit: versions

    script:
    """
    spatial_graph.py --expression ${expression} ${options} --output spatial_graph.npz
    versions.py SPATIAL_GRAPH anndata numpy scipy > versions.yml
    """

    stub:
    """
    touch spatial_graph.npz
    versions.py SPATIAL_GRAPH > versions.yml
    """
}
