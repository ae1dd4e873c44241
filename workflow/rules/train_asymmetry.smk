rule train_asymmetry_fold:
    input:
        every_chunk("align"),
    output:
        update("<results>/chunks/train_asymmetry/{fold}.json"),
    log:
        "<logs>/train_asymmetry/{fold}.log",
    conda:
        environment
    threads: config["threads"]
    params:
        results=subpath(output[0], ancestor=3),
        draw=["--seed", config["seed"], "--threads", config["threads"]],
        settings=settings("train_asymmetry"),
        start=packaged_digests("asymmetry") if config["train_asymmetry"]["start"] == "packaged" else "",
        version=version,
    shell:
        "symbrain train_asymmetry --results {params.results:q} --fold {wildcards.fold} {params.draw:q} "
        "{params.settings:q} 2> {log:q}"


rule train_asymmetry:
    input:
        expand("<results>/chunks/train_asymmetry/{fold}.json", fold=[*range(config["folds"]), "all"]),
    output:
        update("<results>/models/asymmetry/SHA256SUMS"),
        update("<results>/models/asymmetry/models/model.safetensors"),
    log:
        "<logs>/train_asymmetry/asymmetry.log",
    conda:
        environment
    threads: config["threads"]
    params:
        results=subpath(output[0], ancestor=3),
        draw=["--seed", config["seed"], "--threads", config["threads"]],
        settings=settings("train_asymmetry"),
        start=packaged_digests("asymmetry") if config["train_asymmetry"]["start"] == "packaged" else "",
        version=version,
    shell:
        "symbrain train_asymmetry --results {params.results:q} {params.draw:q} {params.settings:q} 2> {log:q}"
