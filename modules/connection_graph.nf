process CONNECTION_GRAPH {
    tag "${sample}"
    label 'graph'
    memory { need * 1.MB * task.attempt }

    input:
    tuple val(sample), path(expression), path(connectivity), val(need)
    tuple val(options), path(code, stageAs: 'spacon/*')

    output:
    tuple val(sample), path('connection_graph.npz'), emit: graph
    tuple val(sample), path('connection_graph.json'), emit: summary
    path 'versions.yml', emit: versions

    script:
    """
    connection_graph.py --expression ${expression} --connectivity ${connectivity} ${options} \\
        --threads ${task.cpus} --output connection_graph.npz --summary connection_graph.json
    versions.py CONNECTION_GRAPH anndata numpy scipy > versions.yml
    """

    stub:
    """
    touch connection_graph.npz connection_graph.json
    versions.py CONNECTION_GRAPH > versions.yml
    """
}
