// Drawing midlines: points in pixels (column, row) of a slice, shown as it is looked at, in millimetres.
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("data").textContent);
  const sheets = data.sheets;
  if (!sheets.length) return;
  const STORE = "symbrain-annotate-" + data.key;
  const COLUMNS = "participant_id session_id modality plane slice_index x0 y0 x1 y1 rater curve".split(" ");
  const SVG = "http://www.w3.org/2000/svg";
  const NAMES = { network: "network’s line", plane: "plane’s line", traced: "traced curve", empty: "empty" };
  const NEAR_PX = 18; // a finger's or a pointer's reach
  const stage = byId("stage");

  // What a person has drawn or accepted, by slice; what is only proposed is not in it.
  // Each person's lines are kept apart, so that nobody signs or sees another's.
  let drawn = {}, rater = "", others = {};
  let here = 0, chosen = 0, past = [];
  const restore = () => {
    try {
      const kept = JSON.parse(localStorage.getItem(STORE)) || {};
      rater = kept.rater || "";
      drawn = kept.drawn || {};
      others = kept.others || {};
    } catch { drawn = {}; } // a browser may forbid it: then a reload loses what was not downloaded
    byId("rater").value = rater;
  };
  const keep = () => {
    try { localStorage.setItem(STORE, JSON.stringify({ rater, drawn, others })); } catch { /* see above */ }
  };
  const finished = (some) => Object.values(some).filter((line) => line.length > 1).length;
  const renamed = () => {
    const name = byId("rater").value.trim(), count = finished(drawn);
    if (name === rater) return;
    const question = `${rater} has ${count} drawn. OK: ${name || "somebody else"} begins anew, and those stay ${rater}'s. ` +
      `Cancel: the name was wrong, and they are ${name || "nameless"}'s.`;
    if (rater && (name in others || (count && confirm(question)))) {
      if (count) others[rater] = drawn;
      drawn = others[name] || {};
      delete others[name];
      past = [];
    }
    rater = name;
    keep();
    show();
  };

  const proposal = (sheet) => Object.values(sheet.proposals)[0] || [];
  const points = () => drawn[here] || proposal(sheets[here]);
  const toView = (sheet, [x, y]) => [
    (y - (sheet.shape[0] - 1) / 2) * sheet.spacing_mm[0],
    -(x - (sheet.shape[1] - 1) / 2) * sheet.spacing_mm[1],
  ];
  const toPixel = (sheet, [across, down]) => [
    -down / sheet.spacing_mm[1] + (sheet.shape[1] - 1) / 2,
    across / sheet.spacing_mm[0] + (sheet.shape[0] - 1) / 2,
  ].map((value, axis) => Math.round(Math.min(Math.max(value, 0), sheet.shape[1 - axis] - 1) * 100) / 100);

  // Every change goes through here, so that it can be undone.
  const change = (next, select = chosen) => {
    past.push([here, drawn[here], chosen]);
    drawn[here] = next;
    chosen = Math.max(0, Math.min(select, next.length - 1));
    keep();
    show();
  };
  const undo = () => {
    if (!past.length) return;
    const [where, before, was] = past.pop();
    here = where;
    chosen = was;
    if (before) drawn[where] = before; else delete drawn[where];
    keep();
    show();
  };
  const go = (step) => visit((here + step + sheets.length) % sheets.length);
  const visit = (index) => { here = index; chosen = 0; show(); };
  const accept = () => { if (points().length > 1) { change(points()); go(1); } };
  const remove = () => { if (points().length) change(points().filter((_, k) => k !== chosen)); };
  const choose = () => { chosen = (chosen + 1) % Math.max(1, points().length); show(); };
  const start = (name) => change((sheets[here].proposals[name] || []).slice(), 0);
  const move = (dx, dy) => {
    const sheet = sheets[here], old = points();
    if (!old[chosen]) return;
    const [across, down] = toView(sheet, old[chosen]);
    change(old.map((point, k) => (k === chosen ? toPixel(sheet, [across + dx, down + dy]) : point)));
  };
  // A new point of a line goes where it lengthens the way least; the first two are the ends.
  const add = (point) => {
    const old = points();
    if (old.length < 2) return change([...old, point], old.length);
    const gap = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);
    const longer = old.slice(1).map((end, k) => gap(old[k], point) + gap(point, end) - gap(old[k], end));
    const place = longer.indexOf(Math.min(...longer)) + 1;
    change([...old.slice(0, place), point, ...old.slice(place)], place);
  };
  const addBehind = () => {
    const old = points(), k = Math.min(chosen, old.length - 2);
    if (old.length > 1) add([0, 1].map((axis) => Math.round(50 * (old[k][axis] + old[k + 1][axis])) / 100));
  };

  const element = (name, attributes) => {
    const made = document.createElementNS(SVG, name);
    Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
    return made;
  };
  const path = (sheet, some) => some.map((point) => toView(sheet, point).map((mm) => mm.toFixed(2)).join(",")).join(" ");
  const told = (sheet, some) => {
    if (some.length < 2) return some.length ? "One point: a line needs two." : "No line yet: click where the midline begins.";
    const [a, b] = [some[0], some[some.length - 1]].map((point) => toView(sheet, point));
    let angle = (Math.atan2(b[0] - a[0], a[1] - b[1]) * 180) / Math.PI;
    angle -= 180 * Math.round(angle / 180);
    const kind = some.length > 2 ? `Curve of ${some.length} points` : "Straight line";
    const leaning = Math.abs(angle) < 0.05 ? "upright" : `${Math.abs(angle).toFixed(1)}° from upright`;
    const state = drawn[here] ? "drawn" : "proposed, not yet accepted";
    return `${kind}, ${state}; ${leaning}; point ${chosen + 1} is chosen.`;
  };
  const show = () => {
    const sheet = sheets[here], some = points(), half = sheet.half_mm;
    const [height, width] = [0, 1].map((axis) => sheet.shape[axis] * sheet.spacing_mm[axis]);
    stage.setAttribute("viewBox", [-half, -half, 2 * half, 2 * half].join(" "));
    Object.entries({ href: sheet.file, x: -height / 2, y: -width / 2, width: height, height: width, preserveAspectRatio: "none" })
      .forEach(([key, value]) => byId("picture").setAttribute(key, value));
    stage.querySelectorAll("text").forEach((text, k) => {
      text.setAttribute("x", (k ? 0.92 : -0.92) * half);
      text.setAttribute("y", 0);
    });
    byId("line").setAttribute("points", path(sheet, some));
    byId("line").setAttribute("class", drawn[here] ? "drawn" : "drawn proposal");
    byId("points").replaceChildren(...some.map((point, k) => {
      const [cx, cy] = toView(sheet, point);
      return element("circle", { cx, cy, r: half / 40, class: k === chosen ? "point chosen" : "point" });
    }));
    byId("title").textContent = sheet.title;
    byId("progress").textContent = `${here + 1} of ${sheets.length}; ${finished(drawn)} drawn or accepted`;
    byId("told").textContent = told(sheet, some);
    byId("undo").disabled = !past.length;
    byId("accept").disabled = some.length < 2;
    byId("proposals").replaceChildren("Start from ", ...[...Object.keys(sheet.proposals), "empty"].map((name) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = NAMES[name];
      button.addEventListener("click", () => start(name));
      return button;
    }));
    document.querySelectorAll(".slices li").forEach((item, k) => {
      item.classList.toggle("here", k === here);
      item.classList.toggle("done", (drawn[k] || []).length > 1);
      item.querySelector("button").setAttribute("aria-current", k === here);
      item.querySelector("polyline").setAttribute("points", path(sheets[k], drawn[k] || proposal(sheets[k])));
    });
  };

  const cell = (value) => String(value ?? "").trim().split(/\s+/).join(" ") || "n/a";
  const table = () => {
    const people = Object.entries({ ...others, [rater]: drawn });
    const all = people.flatMap(([name, theirs]) => sheets.map((sheet, k) => [name, sheet.ids, theirs[k] || []]));
    const lines = all.filter(([, , some]) => some.length > 1).map(([name, ids, some]) => {
      const [first, last] = [some[0], some[some.length - 1]];
      const curve = some.length > 2 ? some.map((point) => point.join(",")).join(" ") : "";
      const values = { ...ids, x0: first[0], y0: first[1], x1: last[0], y1: last[1], rater: name, curve };
      return COLUMNS.map((name) => cell(values[name])).join("\t");
    });
    return [COLUMNS.join("\t"), ...lines].join("\n") + "\n";
  };
  const download = () => {
    renamed();
    if (!rater) {
      byId("told").textContent = "Type your name first: the table says who drew.";
      return byId("rater").focus();
    }
    if (![drawn, ...Object.values(others)].some(finished)) {
      byId("told").textContent = "Nothing has been drawn or accepted yet.";
      return undefined;
    }
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([table()], { type: "text/tab-separated-values" }));
    link.download = "annotations.tsv";
    link.click();
    return setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };

  const viewAt = (event) => {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(stage.getScreenCTM().inverse());
    return [at.x, at.y];
  };
  const pointNear = (event) => {
    const at = viewAt(event), reach = NEAR_PX / stage.getScreenCTM().a;
    const far = points().map((point) => toView(sheets[here], point)).map(([x, y]) => Math.hypot(x - at[0], y - at[1]));
    const least = Math.min(...far);
    return least <= reach ? far.indexOf(least) : -1;
  };
  let dragged = false;
  stage.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    stage.focus();
    const k = pointNear(event);
    if (k < 0) add(toPixel(sheets[here], viewAt(event)));
    else { chosen = k; past.push([here, drawn[here], chosen]); show(); }
    dragged = true;
    stage.setPointerCapture(event.pointerId);
  });
  stage.addEventListener("pointermove", (event) => {
    if (!dragged) return;
    const at = toPixel(sheets[here], viewAt(event));
    drawn[here] = points().map((point, k) => (k === chosen ? at : point));
    show();
  });
  const drop = () => {
    if (!dragged) return;
    dragged = false;
    const last = past[past.length - 1];
    if (last && last[0] === here && last[1] === drawn[here]) past.pop(); // chosen, not moved
    keep();
    show();
  };
  stage.addEventListener("pointerup", drop);
  stage.addEventListener("pointercancel", drop);

  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const KEYS = { n: () => go(1), p: () => go(-1), u: undo, c: choose, a: addBehind, Delete: remove, Backspace: remove };
  document.addEventListener("keydown", (event) => {
    if (event.target.closest("input") || event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = event.target === stage && ARROWS[event.key], step = event.shiftKey ? 0.1 : 0.5;
    const act = event.key === "Enter" && event.target === stage ? accept : KEYS[event.key];
    if (arrow) move(arrow[0] * step, arrow[1] * step);
    else if (act) act();
    else return;
    event.preventDefault();
  });
  const buttons = { previous: () => go(-1), next: () => go(1), accept, undo, remove, download };
  Object.entries(buttons).forEach(([id, act]) => byId(id).addEventListener("click", act));
  let named = ""; // who was at work when the field was entered; a first name is taken as it is typed
  byId("rater").addEventListener("focus", () => { named = rater; });
  byId("rater").addEventListener("input", () => { if (!named) { rater = byId("rater").value.trim(); keep(); } });
  byId("rater").addEventListener("change", renamed);
  byId("brightness").addEventListener("input", (event) => {
    byId("picture").style.filter = `brightness(${event.target.value})`;
  });
  document.querySelectorAll(".slices figure").forEach((figure, k) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...figure.childNodes);
    button.addEventListener("click", () => { visit(k); byId("editor").scrollIntoView(); stage.focus({ preventScroll: true }); });
    figure.append(button);
  });
  byId("editor").hidden = false;
  restore();
  show();
})();
