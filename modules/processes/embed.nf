include { after_failure } from '../functions/failures'

process EMBED {
    tag "${sample}, seed ${seed}"
    label 'embedding'
    memory { need * 1.MB * task.attempt }
    errorStrategy { after_failure(task, sample, params.on_error) }

    input:
    tuple val(sample), path(expression), path(spatial_graph), path(connection_graph), val(seed), path(model), val(need)
    tuple val(options), val(_code)

    output:
    tuple val(sample), val(seed), path("embedding_seed${seed}.npz"), emit: embedding
    path 'versions.yml', emit: versions

    script:
    """
    embed.py --expression ${expression} --spatial-graph ${spatial_graph} --connection-graph ${connection_graph} \\
        --model ${model} ${options} --threads ${task.cpus} --output embedding_seed${seed}.npz
    versions.py EMBED anndata numpy scipy torch torch-geometric > versions.yml
    """

    stub:
    """
    touch embedding_seed${seed}.npz
    versions.py EMBED > versions.yml
    """
}
