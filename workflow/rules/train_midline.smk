rule train_midline:
    input:
        every_chunk("slices"),
    output:
        update("<results>/models/midline/SHA256SUMS"),
        update("<results>/models/midline/models/model.safetensors"),
    log:
        "<logs>/train_midline/midline.log",
    conda:
        environment
    threads: config["threads"]
    params:
        results=subpath(output[0], ancestor=3),
        draw=["--seed", config["seed"], "--threads", config["threads"]],
        settings=settings("train_midline"),
        start=packaged_digests("midline") if config["train_midline"]["start"] == "packaged" else "",
        version=version,
    shell:
        "symbrain train_midline --results {params.results:q} {params.draw:q} {params.settings:q} 2> {log:q}"
