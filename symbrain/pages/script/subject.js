/* The slices of a session's page: mirror image or scan at a key or a click, flicker, and how strong the deviation shows. */
"use strict";

(function () {
  var EACH_MS = 700; // a picture; slower than three flashes a second (WCAG 2.3.1)
  var still = window.matchMedia("(prefers-reduced-motion: reduce)");
  var all = Array.prototype.map.call(document.querySelectorAll("[data-slices]"), slicesOf);

  function slicesOf(root) {
    var tools = root.querySelector("[data-tools]");
    var flip = tools.querySelector("[data-flip]");
    var flicker = tools.querySelector("[data-flicker]");
    var opacity = tools.querySelector("[data-opacity]");
    var timer = null;

    function isMirrored() {
      return !root.classList.contains("seen-plain");
    }

    function show(mirrored) {
      root.classList.toggle("seen-plain", !mirrored);
      flip.setAttribute("aria-pressed", String(mirrored));
      root.querySelectorAll(".mirror figcaption").forEach(function (caption) {
        caption.textContent = mirrored ? caption.dataset.upper : caption.dataset.lower;
      });
    }

    function turn() {
      if (flip) {
        show(!isMirrored());
      }
    }

    function run(on) {
      clearInterval(timer);
      timer = on ? setInterval(turn, EACH_MS) : null;
      flicker.setAttribute("aria-pressed", String(on));
    }

    function stop() {
      if (timer !== null) {
        run(false);
      }
    }

    function byHand() {
      stop();
      turn();
      tools.querySelector("[data-says]").textContent = isMirrored() ? "Mirror image." : "As scanned.";
    }

    function fade() {
      root.querySelectorAll(".deviation .upper").forEach(function (picture) {
        picture.style.opacity = Number(opacity.value) / 100;
      });
      opacity.parentNode.querySelector("output").textContent = opacity.value + " %";
    }

    if (flip) {
      flip.addEventListener("click", byHand);
      flicker.addEventListener("click", function () {
        run(timer === null);
      });
      root.querySelectorAll(".mirror .stack").forEach(function (stack) {
        stack.addEventListener("click", function (event) {
          event.preventDefault();
          byHand();
        });
      });
    }
    if (opacity) {
      opacity.addEventListener("input", fade);
      fade();
    }
    if (flip || opacity) {
      tools.hidden = false;
      root.classList.add("live");
    }
    return { byHand: flip ? byHand : function () {}, stop: stop };
  }

  document.addEventListener("keydown", function (event) {
    var typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) && event.target.type !== "range";
    if (event.key !== "m" || event.ctrlKey || event.metaKey || event.altKey || typing) {
      return;
    }
    all.forEach(function (slices) {
      slices.byHand();
    });
  });

  still.addEventListener("change", function () {
    all.forEach(function (slices) {
      slices.stop();
    });
  });
})();
