include { after_failure } from '../functions/failures'
include { each_word } from '../functions/words'

process SURFACES {
    tag "${sample}"
    label 'light'
    memory { need * 1.MB * task.attempt }
    errorStrategy { after_failure(task, sample, params.on_error) }

    input:
    tuple val(sample), path(spots), path(surfaces, stageAs: 'brought/*'), val(_times), val(need), val(options)
    val _code

    output:
    tuple val(sample), path('surfaces'), emit: folder
    path 'versions.yml', emit: versions

    script:
    """
    surfaces.py --spots ${spots} ${each_word('--surfaces', surfaces)} ${options} --folder surfaces
    versions.py SURFACES anndata nibabel numpy pandas > versions.yml
    """

    stub:
    """
    mkdir surfaces
    touch surfaces/clusters.dlabel.nii
    versions.py SURFACES > versions.yml
    """
}
