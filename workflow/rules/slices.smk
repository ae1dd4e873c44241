rule slices:
    input:
        "<results>/chunks/align/{chunk}.tsv",
        annotations=config["annotations"] or [],
    output:
        "<results>/chunks/slices/{chunk}.tsv",
    log:
        "<logs>/slices/{chunk}.log",
    conda:
        environment
    params:
        results=subpath(output[0], ancestor=3),
        annotations=table_flag(config, "annotations"),
        settings=settings("slices"),
        version=version,
    shell:
        "symbrain slices --results {params.results:q} --chunk {wildcards.chunk} {params.annotations:q} "
        "{params.settings:q} 2> {log:q}"
