rule report:
    input:
        "<results>/chunks/score/{chunk}.tsv",
        "<results>/scores.tsv",
    output:
        "<results>/chunks/report/{chunk}.tsv",
    log:
        "<logs>/report/{chunk}.log",
    conda:
        environment
    params:
        results=subpath(output[0], ancestor=3),
        settings=settings("report"),
        version=version,
    shell:
        "symbrain report --results {params.results:q} --chunk {wildcards.chunk} {params.settings:q} 2> {log:q}"


rule report_gather:
    input:
        every_chunk("report"),
    output:
        "<results>/index.html",
    log:
        "<logs>/report/gather.log",
    conda:
        environment
    params:
        results=subpath(output[0], parent=True),
        settings=settings("report"),
        version=version,
    shell:
        "symbrain report --results {params.results:q} {params.settings:q} 2> {log:q}"
