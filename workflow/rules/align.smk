rule align:
    input:
        "<results>/scans.tsv",
    output:
        "<results>/chunks/align/{chunk}.tsv",
    log:
        "<logs>/align/{chunk}.log",
    conda:
        environment
    threads: config["threads"]
    params:
        results=subpath(output[0], ancestor=3),
        threads=config["threads"],
        settings=settings("align"),
        inventory=inventory,
        version=version,
    shell:
        "symbrain align --results {params.results:q} --chunk {wildcards.chunk} --threads {params.threads} "
        "{params.settings:q} 2> {log:q}"
