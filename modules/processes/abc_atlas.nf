include { after_failure } from '../functions/failures'

process ABC_ATLAS {
    tag "abc"
    label 'light'
    errorStrategy { after_failure(task, 'abc', params.on_error) }

    input:
    tuple val(options), val(_code)

    output:
    tuple val('abc'), path('atlas/**.h5ad'), path('atlas/**/{weights,nodes}.csv.gz'), path('atlas/**/{cell_metadata,cell_metadata_with_cluster_annotation,ccf_coordinates}.csv'), path('atlas/**/gene.csv'), path('atlas/**/places.csv'), emit: sample
    path 'versions.yml', emit: versions

    script:
    """
    abc_atlas.py ${options} --folder atlas
    versions.py ABC_ATLAS anndata numpy pandas scipy > versions.yml
    """

    stub:
    """
    mkdir -p atlas/all
    (cd atlas/all && touch cells.h5ad weights.csv.gz nodes.csv.gz cell_metadata.csv ccf_coordinates.csv gene.csv places.csv)
    versions.py ABC_ATLAS > versions.yml
    """
}
