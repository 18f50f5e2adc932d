include { after_failure } from '../functions/failures'

process CELEGANS {
    tag "celegans"
    label 'light'
    errorStrategy { after_failure(task, 'celegans', params.on_error) }

    input:
    path lock
    tuple val(_options), val(_code)

    output:
    tuple val('celegans'), path('expression.h5ad'), path('connectivity.npy'), emit: sample
    path 'versions.yml', emit: versions

    script:
    """
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes --requirement ${lock} --dest wheel
    celegans.py --wheel wheel/*.whl --expression expression.h5ad --connectivity connectivity.npy
    versions.py CELEGANS anndata h5py numpy scipy > versions.yml
    """

    stub:
    """
    touch expression.h5ad connectivity.npy
    versions.py CELEGANS > versions.yml
    """
}
