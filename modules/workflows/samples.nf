// Where the samples come from: the samplesheet, or an example that is made first.

include { ABC_ATLAS } from '../processes/abc_atlas'
include { CELEGANS  } from '../processes/celegans'
include { CORTEX    } from '../processes/cortex'
include { roles     } from '../functions/files'

workflow SAMPLES {
    take:
    plan

    main:
    if (plan.example == 'celegans') {
        def wheels = file("${projectDir}/.wheels", glob: false) // of a bundle: containers/bundle
        CELEGANS(file("${projectDir}/containers/celegans.lock", glob: false), wheels.exists() ? wheels : [], plan.code.celegans)
        samples = CELEGANS.out.sample.map { found -> as_brought(found) }
        versions = CELEGANS.out.versions
    }
    else if (plan.example == 'cortex') {
        CORTEX(plan.code.cortex)
        samples = CORTEX.out.sample.map { found -> as_brought(found) }
        versions = CORTEX.out.versions
    }
    else if (plan.example == 'abc') {
        ABC_ATLAS(plan.code.abc_atlas)
        samples = ABC_ATLAS.out.sample.map { found -> as_brought(found) }
        versions = ABC_ATLAS.out.versions
    }
    else {
        samples = channel.fromList(plan.samples)
        versions = channel.empty()
    }

    emit:
    samples // [sample, files by role]
    versions
}

// An example's files by role, as the samplesheet gives them.
def as_brought(found) {
    def files = found.tail() // in the order of the roles; of some examples, the first two alone
    [found[0], roles().keySet().toList().withIndex().collectEntries { role, place -> [role, [files[place] ?: []].flatten()] }]
}
