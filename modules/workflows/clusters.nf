// Neighbours in each mix of the two embeddings, per seed and alpha, and clusters at each resolution. Beside them, for
// the results, the layout of each mix of the first seed.

include { NEIGHBORS          } from '../processes/neighbors'
include { LAYOUT             } from '../processes/layout'
include { CLUSTER            } from '../processes/cluster'
include { batches ; in_order } from '../functions/channels'
include { with_memory        } from '../functions/memory'

workflow CLUSTERS {
    take:
    embeddings // [sample, seed, embedding.npz]
    preprocessed // [sample, preprocessed.h5ad]
    summaries // [sample, validated.json], which holds the memory that each stage needs
    plan

    main:
    NEIGHBORS(with_memory(embeddings.combine(channel.fromList(plan.alphas)), summaries, 'neighbors'), plan.code.neighbors)
    mixes = NEIGHBORS.out.mix // [sample, seed, alpha, mix.npz]
    first_seed = mixes
        .filter { _sample, seed, _alpha, _mix -> seed == plan.seeds[0] }
        .map { sample, _seed, alpha, mix -> [sample, alpha, mix] }
    LAYOUT(with_memory(first_seed, summaries, 'layout'), plan.code.layout)
    resolutions = summaries.flatMap { sample, summary -> batches(plan.resolution_options, summary).collect { batch -> [sample, batch] } }
    wanted = mixes.combine(preprocessed, by: 0).combine(resolutions, by: 0)
    CLUSTER(with_memory(wanted, summaries, 'cluster'), plan.code.cluster)

    first_mix = first_seed.filter { _sample, alpha, _mix -> alpha == plan.alphas[0] }.map { sample, _alpha, mix -> [sample, mix] }
    layouts = LAYOUT.out.layout.map { sample, alpha, layout -> [sample, plan.alphas.indexOf(alpha), layout] }
    clusterings = CLUSTER.out.clusterings.transpose().map { sample, file -> [sample, file.name, file] }

    emit:
    mix_and_layouts = first_mix.join(in_order(layouts, plan.alphas.size())) // [sample, mix.npz of the first alpha, [layout.npz of each]]
    clusterings = in_order(clusterings, plan.seeds.size() * plan.alphas.size() * plan.resolution_options.size()) // [sample, [clustering.npz]]
    versions = NEIGHBORS.out.versions.mix(LAYOUT.out.versions, CLUSTER.out.versions)
}
