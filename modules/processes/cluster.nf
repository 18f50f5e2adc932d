include { after_failure } from '../functions/failures'

process CLUSTER {
    tag "${sample}, seed ${seed}, alpha ${alpha}, ${resolution}"
    label 'clustering'
    memory { need * 1.MB * task.attempt }
    errorStrategy { after_failure(task, sample, params.on_error) }

    input:
    tuple val(sample), val(seed), val(alpha), path(fused), path(expression), val(resolution), val(need)
    tuple val(options), val(_code)

    output:
    tuple val(sample), path('clustering_*.npz'), emit: clustering
    path 'versions.yml', emit: versions

    script:
    """
    cluster.py --expression ${expression} --fused ${fused} ${resolution} ${options} \\
        --output clustering_seed${seed}_alpha${alpha}_${resolution.tokenize("- ").join("_")}.npz
    versions.py CLUSTER igraph numpy scipy > versions.yml
    """

    stub:
    """
    touch clustering_seed${seed}_alpha${alpha}_${resolution.tokenize("- ").join("_")}.npz
    versions.py CLUSTER > versions.yml
    """
}
