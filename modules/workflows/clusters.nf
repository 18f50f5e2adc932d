// Clusters of each mix of the two embeddings: per seed, alpha and resolution.

include { FUSE        } from '../processes/fuse'
include { CLUSTER     } from '../processes/cluster'
include { in_order    } from '../functions/channels'
include { with_memory } from '../functions/memory'

workflow CLUSTERS {
    take:
    embeddings // [sample, seed, embedding.npz]
    preprocessed // [sample, preprocessed.h5ad]
    summaries // [sample, validated.json]
    plan

    main:
    FUSE(with_memory(embeddings.combine(channel.fromList(plan.alphas)), summaries, 'fuse'), plan.code.fuse)
    mixes = FUSE.out.fused // [sample, seed, alpha, fused.npz]
    wanted = mixes.combine(preprocessed, by: 0).combine(channel.fromList(plan.resolutions))
    CLUSTER(with_memory(wanted, summaries, 'cluster'), plan.code.cluster)

    clusterings = CLUSTER.out.clustering.map { sample, file -> [sample, file.name, file] }
    shown = mixes
        .filter { _sample, seed, _alpha, _fused -> seed == plan.seeds[0] }
        .map { sample, _seed, alpha, fused -> [sample, plan.alphas.indexOf(alpha), fused] }

    emit:
    shown_mixes = in_order(shown, plan.alphas.size()) // [sample, [fused.npz of each alpha]] of the first seed
    clusterings = in_order(clusterings, plan.seeds.size() * plan.alphas.size() * plan.resolutions.size()) // [sample, [clustering.npz]]
    versions = FUSE.out.versions.mix(CLUSTER.out.versions)
}
