include { after_failure } from '../functions/failures'

process FUSE {
    tag "${sample}, seed ${seed}, alpha ${alpha}"
    label 'clustering'
    memory { need * 1.MB * task.attempt }
    errorStrategy { after_failure(task, sample, params.on_error) }

    input:
    tuple val(sample), val(seed), path(embedding), val(alpha), val(need)
    tuple val(options), val(_code)

    output:
    tuple val(sample), val(seed), val(alpha), path("fused_seed${seed}_alpha${alpha}.npz"), emit: fused
    path 'versions.yml', emit: versions

    script:
    """
    fuse.py --embedding ${embedding} --alpha ${alpha} --seed ${seed} ${options} \\
        --output fused_seed${seed}_alpha${alpha}.npz
    versions.py FUSE numpy pynndescent scipy umap-learn > versions.yml
    """

    stub:
    """
    touch fused_seed${seed}_alpha${alpha}.npz
    versions.py FUSE > versions.yml
    """
}
