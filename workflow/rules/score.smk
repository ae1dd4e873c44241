rule score:
    input:
        "<results>/chunks/slices/{chunk}.tsv",
        expand("<results>/models/{model}/SHA256SUMS", model=["midline", "asymmetry"]),
    output:
        "<results>/chunks/score/{chunk}.tsv",
    log:
        "<logs>/score/{chunk}.log",
    conda:
        environment
    threads: config["threads"]
    params:
        results=subpath(output[0], ancestor=3),
        threads=config["threads"],
        settings=settings("score"),
        version=version,
    shell:
        "symbrain score --results {params.results:q} --chunk {wildcards.chunk} --threads {params.threads} "
        "{params.settings:q} 2> {log:q}"


rule score_gather:
    input:
        every_chunk("score"),
        ratings=config["ratings"] or [],
    output:
        expand("<results>/{table}.{kind}", table=gathered, kind=["tsv", "json"]),
    log:
        "<logs>/score/gather.log",
    localrule: True
    conda:
        environment
    params:
        results=subpath(output[0], parent=True),
        ratings=table_flag(config, "ratings"),
        settings=settings("score"),
        version=version,
    shell:
        "symbrain score --results {params.results:q} {params.ratings:q} {params.settings:q} 2> {log:q}"
