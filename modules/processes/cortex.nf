include { after_failure } from '../functions/failures'

process CORTEX {
    tag "cortex"
    label 'light'
    errorStrategy { after_failure(task, 'cortex', params.on_error) }

    input:
    tuple val(options), val(_code)

    output:
    tuple val('cortex'), path('expression.h5ad'), path('connectivity.np?'), emit: sample
    path 'versions.yml', emit: versions

    script:
    """
    cortex.py ${options} --expression expression.h5ad \\
        --connectivity connectivity.${options.contains("--factored") ? "npz" : "npy"}
    versions.py CORTEX anndata numpy scikit-learn scipy > versions.yml
    """

    stub:
    """
    touch expression.h5ad connectivity.npy
    versions.py CORTEX > versions.yml
    """
}
