include { after_failure } from '../functions/failures'
include { shell_word } from '../functions/words'

process EVALUATE {
    tag "${sample}"
    label 'light'
    memory { need * 1.MB * task.attempt }
    errorStrategy { after_failure(task, sample, params.on_error) }

    input:
    tuple val(sample), path(expression), path(spatial_graph), path(connection_graph), path(histories), \
        path(embedding), path(mix), path(layouts), path(clusterings), path(validate_notes), path(spatial_graph_notes), \
        path(connection_graph_notes), val(need), val(options), val(parameters)
    val _code

    output:
    tuple val(sample), path('clustered.h5ad'), path('metrics.csv'), emit: results
    tuple val(sample), path("${sample}.metrics.csv"), emit: metrics
    tuple val(sample), path('notes.csv'), emit: notes
    tuple val(sample), path('{clustered.h5ad,clusters.csv,metrics.csv,notes.csv}'), emit: published
    path 'versions.yml', emit: versions

    script:
    """
    printf '%s\\n' ${shell_word(parameters)} > parameters.json
    evaluate.py --sample=${sample} --expression ${expression} \\
        --spatial-graph ${spatial_graph} --connection-graph ${connection_graph} \\
        --history ${[histories].flatten()[0]} --embedding ${embedding} --mix ${mix} \\
        ${[layouts].flatten().collect { layout -> "--layout ${layout}" }.join(' ')} \\
        ${[clusterings].flatten().collect { clustering -> "--clustering ${clustering}" }.join(' ')} \\
        --stage-notes ${validate_notes} --stage-notes ${spatial_graph_notes} --stage-notes ${connection_graph_notes} \\
        --parameters parameters.json ${options} \\
        --output clustered.h5ad --clusters clusters.csv --metrics metrics.csv --notes notes.csv
    cp metrics.csv ${sample}.metrics.csv # under a name of its own, for the page of all samples
    versions.py EVALUATE anndata numpy pandas scikit-learn scipy > versions.yml
    """

    stub:
    """
    touch clustered.h5ad clusters.csv metrics.csv ${sample}.metrics.csv
    echo stage,note > notes.csv
    versions.py EVALUATE > versions.yml
    """
}
