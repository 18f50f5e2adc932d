include { after_failure } from '../functions/failures'
include { shell_word } from '../functions/words'

process PREPROCESS {
    tag "${sample}"
    label 'light'
    memory { need * 1.MB * task.attempt }
    errorStrategy { after_failure(task, sample, params.on_error) }

    input:
    tuple val(sample), path(expression, stageAs: 'expression/*'), val(_times), val(need), val(options)
    val _code

    output:
    tuple val(sample), path('preprocessed.h5ad'), emit: expression
    path 'versions.yml', emit: versions

    script:
    """
    preprocess.py --sample=${sample} --expression ${shell_word(expression)} ${options} --output preprocessed.h5ad
    versions.py PREPROCESS anndata numpy scanpy scipy > versions.yml
    """

    stub:
    """
    touch preprocessed.h5ad
    versions.py PREPROCESS > versions.yml
    """
}
