process EVALUATE {
    tag "${sample}"
    label 'light'
    memory { need * 1.MB * task.attempt }

    input:
    tuple val(sample), path(expression), path(spatial_graph), path(connection_graph), path(histories), \
        path(embedding), path(mixes), path(clusterings), val(need)
    tuple val(parameters), val(_command)
    tuple val(options), path(code, stageAs: 'spacon/*')

    output:
    tuple val(sample), path('clustered.h5ad'), path('metrics.csv'), emit: results
    path "${sample}.metrics.csv", emit: metrics
    path 'clusters.csv'
    path 'versions.yml', emit: versions

    script:
    """
    cat > parameters.json << 'END_OF_PARAMETERS'
    ${parameters}
    END_OF_PARAMETERS
    evaluate.py --sample ${sample} --expression ${expression} \\
        --spatial-graph ${spatial_graph} --connection-graph ${connection_graph} \\
        --history ${[histories].flatten()[0]} --embedding ${embedding} \\
        ${[mixes].flatten().collect { mix -> "--fused ${mix}" }.join(' ')} \\
        ${[clusterings].flatten().collect { clustering -> "--clustering ${clustering}" }.join(' ')} \\
        --parameters parameters.json ${options} \\
        --output clustered.h5ad --clusters clusters.csv --metrics metrics.csv
    cp metrics.csv ${sample}.metrics.csv
    versions.py EVALUATE anndata numpy pandas scikit-learn scipy > versions.yml
    """

    stub:
    """
    touch clustered.h5ad clusters.csv metrics.csv ${sample}.metrics.csv
    versions.py EVALUATE > versions.yml
    """
}
