include { after_failure } from '../functions/failures'

process CELEGANS {
    tag "celegans"
    label 'light'
    errorStrategy { after_failure(task, 'celegans', params.on_error) }

    input:
    path lock
    path wheels // a folder that has the wheel, or nothing: then it is downloaded
    tuple val(_options), val(_code)

    output:
    tuple val('celegans'), path('expression.h5ad'), path('connectivity.npy'), emit: sample
    path 'versions.yml', emit: versions

    script:
    def from = wheels ? "--no-index --find-links ${wheels}" : ''
    """
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes --requirement ${lock} ${from} --dest wheel
    celegans.py --wheel wheel/*.whl --expression expression.h5ad --connectivity connectivity.npy
    versions.py CELEGANS anndata h5py numpy scipy > versions.yml
    """

    stub:
    """
    touch expression.h5ad connectivity.npy
    versions.py CELEGANS > versions.yml
    """
}
