// The cohort's page: the table of infants, their ratings, and the plot whose points show their scan.
"use strict";

(function () {
  const { element, makeTable, Ratings } = window.symbrain;
  const $ = (id) => document.getElementById(id);
  const holder = $("infant-table");
  if (!holder) return;

  const rows = Array.from(holder.querySelectorAll("tbody tr"));
  const ratings = new Ratings(holder.dataset.dataset);
  const SIGNS = { accept: "✓ accept", doubtful: "! doubtful", reject: "✕ reject" };
  const CLASSES = { accept: "pass", doubtful: "warn", reject: "fail" };

  const table = makeTable(holder, [ratingColumn()]);
  table.on("tableBuilt", () => document.documentElement.setAttribute("data-ready", ""));
  listen();
  tell();

  function ratingColumn() {
    const title = "Rating";
    return {
      field: "rating",
      title,
      titleFormatter: () => element("span", {}, title),
      headerSort: false,
      minWidth: 122,
      formatter: (cell) => {
        const row = cell.getRow().getData().row;
        const said = ratings.get(row.dataset.scan);
        const word = said ? SIGNS[said.rating] : "Rate …";
        const label = `${word}: ${row.dataset.words}`;
        const button = element("button", { type: "button", class: said ? CLASSES[said.rating] : "", "aria-label": label }, word);
        button.addEventListener("click", () => ask(cell.getRow()));
        return button;
      },
    };
  }

  function listen() {
    $("infant-tools").hidden = false;
    const narrow = () => {
      const words = $("find").value.trim().toLowerCase();
      const flagged = $("flagged-only").checked;
      table.setFilter(({ row }) => (!flagged || "flagged" in row.dataset) && row.textContent.toLowerCase().includes(words));
    };
    $("find").addEventListener("input", narrow);
    $("flagged-only").addEventListener("change", narrow);
    table.on("dataFiltered", (_, found) => ($("found").textContent = `${found.length} of ${rows.length} shown`));
    $("download").addEventListener("click", () => ratings.download());
  }

  function tell() {
    const count = ratings.all.size;
    const where = ratings.kept ? "kept in this browser" : "lost when this page is closed: download them";
    $("rated").textContent = count ? `${count} ${count === 1 ? "rating" : "ratings"}, ${where}` : "No ratings yet.";
    $("download").disabled = !count;
  }

  // The dialog in which one scan is rated.
  const dialog = $("rating");
  const form = dialog.querySelector("form");
  let asked = null;

  function ask(row) {
    asked = row;
    const { scan, words, reasons, page } = row.getData().row.dataset;
    const said = ratings.get(scan);
    const picture = row.getData().row.querySelector("img");
    form.reset();
    $("rating-words").textContent = words;
    $("rating-reasons").textContent = reasons;
    $("rating-page").setAttribute("href", page);
    $("rating-picture").replaceChildren(...(picture ? [large(picture)] : []));
    form.elements.rater.value = ratings.rater;
    fill(said);
    if (!dialog.open) dialog.showModal();
    (form.querySelector("[name=rating]:checked") || form.querySelector("[name=rating]")).focus();
  }

  function fill(said) {
    form.elements.rating.value = said ? said.rating : "";
    form.elements.comment.value = said ? said.comment : "";
    $("rating-forget").hidden = !said;
  }

  // Another name is another person, who shall not see what the first one said.
  form.elements.rater.addEventListener("change", () => {
    const { scan } = asked.getData().row.dataset;
    const said = ratings.get(scan, form.elements.rater.value);
    if (said || ratings.get(scan)) fill(said);
  });

  function large(picture) {
    return element("img", { src: picture.getAttribute("src"), alt: "", width: 160, height: 160 });
  }

  function close() {
    tell();
    dialog.close();
    table.getRows().forEach((row) => row.reformat()); // each shows the word of whoever is at work
    const button = asked.getElement().querySelector("button"); // the one that had the focus is no more
    if (button) button.focus();
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { scan, participant, session } = asked.getData().row.dataset;
    const [rating, comment, rater] = ["rating", "comment", "rater"].map((name) => form.elements[name].value.trim());
    ratings.set(scan, { participant_id: participant, session_id: session, scan_id: scan, rating, comment, rater });
    const next = event.submitter && event.submitter.value === "next" && following(asked);
    close();
    if (next) ask(next);
  });
  $("rating-cancel").addEventListener("click", () => dialog.close());
  $("rating-forget").addEventListener("click", () => {
    ratings.forget(asked.getData().row.dataset.scan, form.elements.rater.value);
    close();
  });

  /** The next row in the order that the table has now, on the next page too. */
  function following(row) {
    const order = table.getRows("active");
    return order[order.findIndex((one) => one.getIndex() === row.getIndex()) + 1];
  }

  // The plot: a point shows its scan, and arrows go from point to point by age.
  const plot = $("age-plot");
  if (!plot) return;
  const byPage = new Map(rows.map((row) => [row.dataset.page, row]));
  const across = (point) => point.getBoundingClientRect().left;
  const points = Array.from(plot.querySelectorAll("svg a")).sort((a, b) => across(a) - across(b));
  const tip = element("div", { class: "tip", hidden: "" });
  plot.append(tip);
  points.forEach((point, number) => {
    const title = point.querySelector("title");
    if (title) title.remove(); // the tip says it, with the picture
    point.setAttribute("tabindex", number ? "-1" : "0");
    for (const event of ["mouseenter", "focus"]) point.addEventListener(event, () => show(point));
    for (const event of ["mouseleave", "blur"]) point.addEventListener(event, () => (tip.hidden = true));
    point.addEventListener("keydown", (event) => walk(event, number));
  });

  function show(point) {
    const row = byPage.get(point.getAttribute("href"));
    if (!row) return;
    const picture = row.querySelector("img");
    tip.replaceChildren(...(picture ? [large(picture)] : []), element("p", {}, row.dataset.words));
    tip.hidden = false;
    const [box, around] = [point.getBoundingClientRect(), plot.getBoundingClientRect()];
    const left = Math.min(Math.max(box.left - around.left + 14, 0), around.width - tip.offsetWidth);
    const below = box.bottom - around.top + 8;
    const above = box.top - around.top - tip.offsetHeight - 8;
    tip.style.left = `${left}px`;
    tip.style.top = `${above > 0 ? above : below}px`;
  }

  function walk(event, number) {
    if (event.key === "Escape") tip.hidden = true;
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const next = points[number + (step || 0)];
    if (!step || !next) return;
    event.preventDefault();
    points[number].setAttribute("tabindex", "-1");
    next.setAttribute("tabindex", "0");
    next.focus();
  }
})();
