include { after_failure } from '../functions/failures'

process NEIGHBORS {
    tag "${sample}, seed ${seed}, alpha ${alpha}"
    label 'clustering'
    memory { need * 1.MB * task.attempt }
    errorStrategy { after_failure(task, sample, params.on_error) }

    input:
    tuple val(sample), val(seed), path(embedding), val(alpha), val(need)
    tuple val(options), val(_code)

    output:
    tuple val(sample), val(seed), val(alpha), path("mix_seed${seed}_alpha${alpha}.npz"), emit: mix
    path 'versions.yml', emit: versions

    script:
    """
    neighbors.py --embedding ${embedding} --alpha ${alpha} --seed ${seed} ${options} \\
        --threads ${task.cpus} --output mix_seed${seed}_alpha${alpha}.npz
    versions.py NEIGHBORS numpy scipy > versions.yml
    """

    stub:
    """
    touch mix_seed${seed}_alpha${alpha}.npz
    versions.py NEIGHBORS > versions.yml
    """
}
