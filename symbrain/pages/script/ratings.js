// What a person says of scans: kept in this browser, and written as the table that the workflow takes in.
"use strict";

(function () {
  const symbrain = (window.symbrain = window.symbrain || {});
  const COLUMNS = ["participant_id", "session_id", "scan_id", "rating", "comment", "rater"];

  /** A cell of a tab-separated table: one line, n/a where there is nothing. */
  function cell(value) {
    return String(value ?? "").replace(/\s+/g, " ").trim() || "n/a";
  }

  /**
   * The ratings of one dataset, one for each scan and rater: nobody's word replaces another's, and `get` gives only
   * that of the rater who is at work, lest one be led by the other. Where the browser keeps nothing for a page from a disk, they last as long
   * as the page; `kept` tells.
   */
  symbrain.Ratings = class {
    constructor(dataset) {
      this.key = `symbrain ratings of ${dataset}`;
      this.kept = true;
      const kept = Object.values(this.read(this.key) || {});
      this.all = new Map(kept.map((one) => [this.name(one.scan_id, one.rater), one]));
    }

    get rater() {
      return this.read("symbrain rater") || "";
    }

    name(scan, rater) {
      return JSON.stringify([scan, rater.trim().toLowerCase()]);
    }

    get(scan, rater = this.rater) {
      return this.all.get(this.name(scan, rater));
    }

    set(scan, rating) {
      this.all.set(this.name(scan, rating.rater), rating);
      this.write("symbrain rater", rating.rater);
      this.write(this.key, Object.fromEntries(this.all));
    }

    forget(scan, rater) {
      this.all.delete(this.name(scan, rater));
      this.write(this.key, Object.fromEntries(this.all));
    }

    toTsv() {
      const rows = Array.from(this.all.values(), (one) => COLUMNS.map((name) => cell(one[name])));
      return [COLUMNS, ...rows].map((row) => `${row.join("\t")}\n`).join("");
    }

    download() {
      const address = URL.createObjectURL(new Blob([this.toTsv()], { type: "text/tab-separated-values" }));
      symbrain.element("a", { href: address, download: "ratings.tsv" }).click();
      setTimeout(() => URL.revokeObjectURL(address), 1000);
    }

    read(key) {
      try {
        return JSON.parse(localStorage.getItem(key));
      } catch {
        return null;
      }
    }

    write(key, value) {
      try {
        localStorage.setItem(key, JSON.stringify(value));
      } catch {
        this.kept = false;
      }
    }
  };
})();
