include { after_failure } from '../functions/failures'
include { mix_file ; layout_file } from '../functions/mixes'

process LAYOUT {
    tag "${sample}, alpha ${alphas.join(', ')}"
    label 'clustering'
    memory { need * 1.MB * task.attempt }
    errorStrategy { after_failure(task, sample, params.on_error) }

    input:
    tuple val(sample), val(seed), val(alphas), path(_mixes), val(need)
    tuple val(options), val(_code)

    output:
    tuple val(sample), path('layout_*.npz', arity: '1..*'), emit: layouts
    path 'versions.yml', emit: versions

    script:
    def wanted = alphas.collect { alpha -> "--mix ${mix_file(seed, alpha)} --output ${layout_file(seed, alpha)}" }
    """
    layout.py ${options} ${wanted.join(' ')}
    versions.py LAYOUT numpy scipy umap-learn > versions.yml
    """

    stub:
    """
    touch ${alphas.collect { alpha -> layout_file(seed, alpha) }.join(' ')}
    versions.py LAYOUT > versions.yml
    """
}
