// Where the samples come from: the samplesheet, or an example that is made first.

include { CELEGANS   } from '../processes/celegans'
include { CORTEX     } from '../processes/cortex'
include { samples_of } from '../functions/samplesheet'

workflow SAMPLES {
    take:
    plan

    main:
    if (plan.example == 'celegans') {
        def wheels = file("${projectDir}/.wheels", glob: false) // of a bundle: containers/bundle
        CELEGANS(file("${projectDir}/containers/celegans.lock", glob: false), wheels.exists() ? wheels : [], plan.code.celegans)
        samples = CELEGANS.out.sample
        versions = CELEGANS.out.versions
    }
    else if (plan.example == 'cortex') {
        CORTEX(plan.code.cortex)
        samples = CORTEX.out.sample
        versions = CORTEX.out.versions
    }
    else {
        samples = channel.fromList(plan.samples ?: samples_of(plan.input))
        versions = channel.empty()
    }

    emit:
    samples // [sample, expression.h5ad, connectivity file]
    versions
}
