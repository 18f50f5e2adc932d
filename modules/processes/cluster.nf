include { after_failure } from '../functions/failures'

process CLUSTER {
    tag "${sample}, seed ${seed}, alpha ${alpha}, ${resolutions.join(', ')}"
    label 'clustering'
    memory { need * 1.MB * task.attempt }
    errorStrategy { after_failure(task, sample, params.on_error) }

    input:
    tuple val(sample), val(seed), val(alpha), path(mix), path(expression), val(resolutions), val(need)
    tuple val(options), val(_code)

    output:
    tuple val(sample), path('clustering_*.npz'), emit: clusterings
    path 'versions.yml', emit: versions

    script:
    def wanted = resolutions.collect { resolution -> "${resolution} --output ${file_of(seed, alpha, resolution)}" }
    """
    cluster.py --expression ${expression} --mix ${mix} ${options} ${wanted.join(' ')}
    versions.py CLUSTER igraph numpy scipy > versions.yml
    """

    stub:
    """
    touch ${resolutions.collect { resolution -> file_of(seed, alpha, resolution) }.join(' ')}
    versions.py CLUSTER > versions.yml
    """
}

def file_of(seed, alpha, resolution) {
    "clustering_seed${seed}_alpha${alpha}_${resolution.tokenize('- ').join('_')}.npz"
}
