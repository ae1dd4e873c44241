// A table of the page becomes one that sorts, filters and turns pages (Tabulator). What it shows are the page's own
// cells, moved, never text that is read as markup. Without scripts, and in print, the plain table stays.
"use strict";

(function () {
  const symbrain = (window.symbrain = window.symbrain || {});

  /** The columns of a table, as its head describes them: data-kind is text, number, choice or picture. */
  function columnsOf(table) {
    return Array.from(table.tHead.rows[0].cells, (head, index) => ({
      field: `c${index}`,
      title: head.textContent.trim(),
      kind: head.dataset.kind || "text",
      choices: (head.dataset.choices || "").split(" "),
      width: Number(head.dataset.width) || undefined,
    }));
  }

  /** The rows of a table: the row itself, and for each column what is sorted and filtered by. */
  function recordsOf(table, columns) {
    return Array.from(table.tBodies[0].rows, (row, id) => {
      const record = { id, row };
      columns.forEach((column, index) => {
        const cell = row.cells[index];
        const value = cell.dataset.value ?? cell.textContent.trim();
        record[column.field] = column.kind !== "number" ? value : value === "" ? null : Number(value);
      });
      return record;
    });
  }

  /** Tell whether a number is what a person asks for: "> 2", "<= 38", "36-40", "40", or "n/a" where there is none. */
  function fits(wanted, value) {
    const text = wanted.trim().replace(/−/g, "-");
    if (text === "") return true;
    if (/^n\/?a?$/i.test(text)) return value === null;
    const range = /^(-?[\d.]+)\s*(?:-|–|to)\s*(-?[\d.]+)$/.exec(text);
    const limit = /^([<>]=?|=)?\s*(-?[\d.]+)$/.exec(text);
    if (!range && !limit) return true; // not yet typed to its end
    if (value === null) return false;
    if (range) return value >= Number(range[1]) && value <= Number(range[2]);
    const number = Number(limit[2]);
    switch (limit[1]) {
      case ">": return value > number;
      case ">=": return value >= number;
      case "<": return value < number;
      case "<=": return value <= number;
      default: return Math.abs(value - number) <= 0.5 * 10 ** -(limit[2].split(".")[1] || "").length;
    }
  }

  /** The field above a column in which a person says what is looked for. */
  function filterOf(column) {
    return (cell, onRendered, success) => {
      const choice = column.kind === "choice";
      const field = document.createElement(choice ? "select" : "input");
      field.setAttribute("aria-label", `Filter: ${column.title}`);
      if (choice) field.append(new Option("all", ""), ...column.choices.map((word) => new Option(word, word)));
      else field.type = "search";
      field.addEventListener("input", () => success(field.value));
      return field;
    };
  }

  function test(column) {
    if (column.kind === "number") return (wanted, value) => fits(wanted, value);
    if (column.kind === "choice") return (wanted, value) => wanted === "" || value === wanted;
    return (wanted, value) => String(value).toLowerCase().includes(wanted.trim().toLowerCase());
  }

  function definition(column, index) {
    const plain = column.kind === "picture";
    const right = column.kind === "number" ? "right" : "left";
    const order = (a, b) => column.choices.indexOf(a) - column.choices.indexOf(b);
    return {
      field: column.field,
      title: column.title,
      titleFormatter: () => symbrain.element(plain ? "span" : "button", { type: "button" }, column.title),
      formatter: (cell) => {
        const source = cell.getRow().getData().row.cells[index];
        cell.getElement().classList.add(...source.classList);
        const shown = document.createElement("span");
        shown.append(...source.cloneNode(true).childNodes);
        return shown;
      },
      sorter: column.kind === "choice" ? order : column.kind === "number" ? "number" : "alphanum",
      sorterParams: { alignEmptyValues: "bottom" },
      headerSort: !plain,
      headerFilter: plain ? false : filterOf(column),
      headerFilterPlaceholder: column.kind === "number" ? "> …" : "…",
      headerFilterFunc: test(column),
      headerFilterEmptyCheck: (value) => !value,
      hozAlign: right,
      headerHozAlign: right,
      minWidth: column.width,
      widthGrow: column.kind === "text" ? 2 : 1,
    };
  }

  /** Make an element with attributes and text. */
  symbrain.element = function (name, attributes, ...content) {
    const made = document.createElement(name);
    Object.entries(attributes || {}).forEach(([key, value]) => made.setAttribute(key, value));
    made.append(...content);
    return made;
  };

  /**
   * Put a sortable, filterable table in the place of the one inside `holder`.
   * `more` are further columns of Tabulator's own kind. Returns Tabulator's table; its rows know their plain row.
   */
  symbrain.makeTable = function (holder, more) {
    const plain = holder.querySelector("table");
    const columns = columnsOf(plain);
    const data = recordsOf(plain, columns);
    const place = document.createElement("div");
    plain.replaceWith(place);
    window.addEventListener("beforeprint", () => place.replaceWith(plain));
    window.addEventListener("afterprint", () => plain.replaceWith(place));
    const table = new Tabulator(place, {
      data,
      columns: [...columns.map(definition), ...(more || [])],
      index: "id",
      layout: "fitColumns",
      pagination: true,
      paginationSize: 25,
      paginationSizeSelector: [25, 50, 100],
      paginationButtonCount: 3,
      rowFormatter: (row) => row.getElement().classList.toggle("flagged", "flagged" in row.getData().row.dataset),
      columnDefaults: { resizable: false, vertAlign: "middle" },
      columnHeaderVertAlign: "bottom",
      placeholder: "Nothing matches.",
      autoResize: false, // it draws anew, and takes the focus away, whenever fewer rows are found
    });
    window.addEventListener("resize", () => table.redraw());
    return table;
  };
})();
