// One model per sample and seed, and the embeddings of all its spots.

include { TRAIN       } from '../processes/train'
include { EMBED       } from '../processes/embed'
include { in_order    } from '../functions/channels'
include { with_memory } from '../functions/summaries'

workflow MODEL {
    take:
    preprocessed // [sample, preprocessed.h5ad]
    graphs // [sample, spatial_graph.npz, connection_graph.npz]
    summaries // [sample, validated.json]
    plan

    main:
    inputs = preprocessed.join(graphs) // [sample, preprocessed.h5ad, spatial_graph.npz, connection_graph.npz]
    TRAIN(with_memory(inputs.combine(channel.fromList(plan.seeds)), summaries, 'train'), plan.code.train)
    EMBED(with_memory(inputs.combine(TRAIN.out.model, by: 0), summaries, 'embed'), plan.code.embed)
    histories = TRAIN.out.history.map { sample, seed, file -> [sample, plan.seeds.indexOf(seed), file] }

    emit:
    embeddings = EMBED.out.embedding // [sample, seed, embedding.npz]
    published = TRAIN.out.model.mix(TRAIN.out.history, EMBED.out.embedding) // [place in the results, file]
        .map { sample, _seed, file -> ["${sample}/model/${file.name}".toString(), file] }
    histories = in_order(histories, plan.seeds.size()) // [sample, [history.csv of each seed]]
    versions = TRAIN.out.versions.mix(EMBED.out.versions)
}
