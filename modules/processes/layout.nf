include { after_failure } from '../functions/failures'

process LAYOUT {
    tag "${sample}, alpha ${alpha}"
    label 'clustering'
    memory { need * 1.MB * task.attempt }
    errorStrategy { after_failure(task, sample, params.on_error) }

    input:
    tuple val(sample), val(alpha), path(mix), val(need)
    tuple val(options), val(_code)

    output:
    tuple val(sample), val(alpha), path("layout_alpha${alpha}.npz"), emit: layout
    path 'versions.yml', emit: versions

    script:
    """
    layout.py --mix ${mix} ${options} --output layout_alpha${alpha}.npz
    versions.py LAYOUT numpy scipy umap-learn > versions.yml
    """

    stub:
    """
    touch layout_alpha${alpha}.npz
    versions.py LAYOUT > versions.yml
    """
}
