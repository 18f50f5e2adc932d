include { after_failure } from '../functions/failures'
include { each_word } from '../functions/words'

process CONNECTION_GRAPH {
    tag "${sample}"
    label 'graph'
    memory { need * 1.MB * task.attempt }
    errorStrategy { after_failure(task, sample, params.on_error) }

    input:
    tuple val(sample), path(expression), path(connectivity, stageAs: 'connectivity/*'), val(_times), val(need), val(options)
    val _code

    output:
    tuple val(sample), path('connection_graph.npz'), emit: graph
    tuple val(sample), path('connection_graph.json'), emit: summary
    tuple val(sample), path('notes_connection_graph.txt'), emit: notes
    path 'versions.yml', emit: versions

    script:
    """
    connection_graph.py --expression ${expression} ${each_word('--connectivity', connectivity)} ${options} \\
        --threads ${task.cpus} --output connection_graph.npz --summary connection_graph.json \\
        --notes notes_connection_graph.txt
    versions.py CONNECTION_GRAPH anndata numpy scipy > versions.yml
    """

    stub:
    """
    touch connection_graph.npz connection_graph.json notes_connection_graph.txt
    versions.py CONNECTION_GRAPH > versions.yml
    """
}
