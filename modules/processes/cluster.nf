include { after_failure } from '../functions/failures'
include { mix_file ; clustering_files } from '../functions/mixes'

process CLUSTER {
    tag "${sample}, seed ${seed}, alpha ${alphas.join(', ')}, ${resolutions.join(', ')}"
    label 'clustering'
    memory { need * 1.MB * task.attempt }
    errorStrategy { after_failure(task, sample, params.on_error) }

    input:
    tuple val(sample), val(seed), val(alphas), path(_mixes), path(expression), val(resolutions), val(need), val(options)
    val _code

    output:
    tuple val(sample), path('clustering_*.npz', arity: '1..*'), emit: clusterings
    path 'versions.yml', emit: versions

    script:
    def mixes = alphas.collect { alpha -> "--mix ${mix_file(seed, alpha)}" }
    def outputs = clustering_files(seed, alphas, resolutions).collect { file -> "--output ${file}" }
    """
    cluster.py --expression ${expression} ${options} ${(mixes + resolutions + outputs).join(' ')}
    versions.py CLUSTER igraph numpy scipy > versions.yml
    """

    stub:
    """
    touch ${clustering_files(seed, alphas, resolutions).join(' ')}
    versions.py CLUSTER > versions.yml
    """
}
