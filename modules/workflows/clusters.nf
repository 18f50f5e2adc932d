// Neighbours in each mix of the two embeddings, per seed and alpha, and clusters at each resolution. Beside them, for
// the results, the layout of each mix of the first seed.

include { NEIGHBORS          } from '../processes/neighbors'
include { LAYOUT             } from '../processes/layout'
include { CLUSTER            } from '../processes/cluster'
include { mix_file ; layout_file } from '../functions/mixes'
include { alpha_batches ; resolution_batches } from '../functions/lists'
include { found_in ; with_memory } from '../functions/summaries'
include { in_order ; with_options } from '../functions/channels'

workflow CLUSTERS {
    take:
    embeddings // [sample, seed, embedding.npz]
    preprocessed // [sample, preprocessed.h5ad]
    summaries // [sample, validated.json], which holds the memory that each stage needs
    plan

    main:
    sizes = summaries.map { sample, summary -> [sample, found_in(summary).spots] }
    alphas = sizes.flatMap { sample, spots -> alpha_batches(plan, spots).collect { batch -> [sample, batch] } }
    resolutions = sizes.flatMap { sample, spots -> resolution_batches(plan, spots).collect { batch -> [sample, batch] } }
    NEIGHBORS(with_memory(embeddings.combine(alphas, by: 0), summaries, 'neighbors'), plan.code.neighbors)
    mixes = NEIGHBORS.out.mixes // [sample, seed, alphas, mix.npz of each]
    first_seed = mixes.filter { _sample, seed, _alphas, _mixes -> seed == plan.seeds[0] }
    LAYOUT(with_memory(first_seed, summaries, 'layout'), plan.code.layout)
    wanted = mixes.combine(preprocessed, by: 0).combine(resolutions, by: 0)
    CLUSTER(with_options(with_memory(wanted, summaries, 'cluster'), plan, 'cluster'), plan.code.cluster)

    first_mix = first_seed.transpose(by: 3)
        .filter { _sample, seed, _alphas, mix -> mix.name == mix_file(seed, plan.alphas[0]) }
        .map { sample, _seed, _alphas, mix -> [sample, mix] }
    shown = plan.alphas.collect { alpha -> layout_file(plan.seeds[0], alpha) }
    layouts = LAYOUT.out.layouts.transpose().map { sample, layout -> [sample, shown.indexOf(layout.name), layout] }
    clusterings = CLUSTER.out.clusterings.transpose().map { sample, file -> [sample, file.name, file] }

    emit:
    mix_and_layouts = first_mix.join(in_order(layouts, plan.alphas.size())) // [sample, mix.npz of the first alpha, [layout.npz of each]]
    clusterings = in_order(clusterings, plan.seeds.size() * plan.alphas.size() * plan.resolution_options.size()) // [sample, [clustering.npz]]
    versions = NEIGHBORS.out.versions.mix(LAYOUT.out.versions, CLUSTER.out.versions)
}
