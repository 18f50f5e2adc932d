// Places carry their names or numbers in obs['place'] (bin/spacon/alignment), by which connectivity finds them.

def with_place(values) {
    def aligned = values.align in ['places', 'grid', 'top_view', 'surface']
    aligned && !values.region_key ? values + [region_key: 'place'] : values
}
