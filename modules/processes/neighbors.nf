include { after_failure } from '../functions/failures'
include { mix_file } from '../functions/mixes'

process NEIGHBORS {
    tag "${sample}, seed ${seed}, alpha ${alphas.join(', ')}"
    label 'clustering'
    memory { need * 1.MB * task.attempt }
    errorStrategy { after_failure(task, sample, params.on_error) }

    input:
    tuple val(sample), val(seed), path(embedding), val(alphas), val(need)
    tuple val(options), val(_code)

    output:
    tuple val(sample), val(seed), val(alphas), path('mix_*.npz', arity: '1..*'), emit: mixes
    path 'versions.yml', emit: versions

    script:
    def wanted = alphas.collect { alpha -> "--alpha ${alpha} --output ${mix_file(seed, alpha)}" }
    """
    neighbors.py --embedding ${embedding} --seed ${seed} ${options} --threads ${task.cpus} ${wanted.join(' ')}
    versions.py NEIGHBORS numpy scipy > versions.yml
    """

    stub:
    """
    touch ${alphas.collect { alpha -> mix_file(seed, alpha) }.join(' ')}
    versions.py NEIGHBORS > versions.yml
    """
}
