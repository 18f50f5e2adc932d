include { after_failure } from '../functions/failures'

process TRAIN {
    tag "${sample}, seed ${seed}"
    label 'training'
    memory { need * 1.MB * task.attempt }
    errorStrategy { after_failure(task, sample, params.on_error) }

    input:
    tuple val(sample), path(expression), path(spatial_graph), path(connection_graph), val(seed), val(need)
    tuple val(options), val(_code)

    output:
    tuple val(sample), val(seed), path("model_seed${seed}.safetensors"), emit: model
    tuple val(sample), val(seed), path("history_seed${seed}.csv"), emit: history
    path 'versions.yml', emit: versions

    script:
    """
    train.py --expression ${expression} --spatial-graph ${spatial_graph} --connection-graph ${connection_graph} \\
        ${options} --seed ${seed} --threads ${task.cpus} \\
        --model model_seed${seed}.safetensors --history history_seed${seed}.csv
    versions.py TRAIN anndata numpy scipy torch torch-geometric > versions.yml
    """

    stub:
    """
    touch model_seed${seed}.safetensors history_seed${seed}.csv
    versions.py TRAIN > versions.yml
    """
}
