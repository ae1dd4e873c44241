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
        annotations=config["annotations"] or [],
    output:
        expand("<results>/{page}.html", page=["index", "annotate"]),
    log:
        "<logs>/report/gather.log",
    localrule: True
    conda:
        environment
    params:
        results=subpath(output[0], parent=True),
        annotations=table_flag(config, "annotations"),
        settings=settings("report"),
        version=version,
    shell:
        "symbrain report --results {params.results:q} {params.annotations:q} {params.settings:q} 2> {log:q}"


rule report_notebook:
    input:
        "<results>/index.html",
        notebook=f"{workflow.basedir}/notebooks/{{name}}.ipynb",
    output:
        "<results>/notebooks/{name}.ipynb",
        report("<results>/notebooks/{name}.html", category="Notebooks", caption="../report/notebook.rst"),
    log:
        "<logs>/report/{name}.log",
    conda:
        environment
    params:
        results=subpath(output[0], ancestor=2),
        version=version,
    shell:
        "symbrain notebook {input.notebook:q} --results {params.results:q} 2> {log:q}"
