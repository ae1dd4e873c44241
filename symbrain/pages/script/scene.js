/* The 3D view: NiiVue draws what a page's own data script holds in SCENE. Without WebGL 2 the static picture stays. */
"use strict";

(function () {
  var canvas = document.getElementById("scene");
  var stage = document.getElementById("stage");
  if (!canvas || typeof SCENE === "undefined" || !document.createElement("canvas").getContext("webgl2")) {
    return;
  }
  // Azimuth and elevation in degrees: where the viewer stands.
  var VIEWS = { right: [270, 0], left: [90, 0], front: [180, 0], back: [0, 0], top: [0, 90], feet: [180, -90] };
  // Depth, azimuth and elevation of the plane x = 0, and what it cuts away; a depth of 2 is outside.
  var CUTS = { none: [2, 0, 0], left: [0, 270, 0], right: [0, 90, 0] };
  var BRAIN_ALONE = 4; // NiiVue's slice type
  var view;

  function element(id) {
    return document.getElementById(id);
  }

  function say(words) {
    element("scene-says").textContent = words;
  }

  function lookFrom(name) {
    view.setRenderAzimuthElevation(VIEWS[name][0], VIEWS[name][1]);
    say("Seen from the " + name + ".");
  }

  function cut(name) {
    view.setClipPlane(CUTS[name]);
    if (name !== "none") {
      lookFrom(name); // at the face that the cut has opened
    }
  }

  /* Name the subject's direction at either edge of the picture, whichever way the brain is turned. */
  function mark(azimuth) {
    var angle = (azimuth * Math.PI) / 180;
    var across = [Math.cos(angle), -Math.sin(angle)]; // of the viewer's right, towards the subject's right and front
    var sideways = Math.abs(across[0]) >= Math.abs(across[1]);
    var ends = sideways ? (across[0] > 0 ? "LR" : "RL") : across[1] > 0 ? "PA" : "AP";
    element("scene-start").textContent = ends[0];
    element("scene-end").textContent = ends[1];
  }

  function lay(value) {
    view.setSliceType(Number(value));
    stage.classList.toggle("alone", Number(value) === BRAIN_ALONE);
  }

  function onInput(id, act) {
    var input = element(id);
    input.addEventListener("input", function () {
      act(input.value);
    });
    act(input.value);
  }

  function onChoice(name, act) {
    document.querySelectorAll('input[name="' + name + '"]').forEach(function (input) {
      input.addEventListener("change", function () {
        act(input.value);
      });
      if (input.checked) {
        act(input.value);
      }
    });
  }

  function turnByKey(event) {
    var step = { ArrowLeft: [-10, 0], ArrowRight: [10, 0], ArrowUp: [0, 10], ArrowDown: [0, -10] }[event.key];
    if (!step) {
      return;
    }
    event.preventDefault();
    view.setRenderAzimuthElevation(
      view.scene.renderAzimuth + step[0],
      Math.max(-90, Math.min(90, view.scene.renderElevation + step[1]))
    );
  }

  function wire() {
    view.onAzimuthElevationChange = mark;
    onChoice("layout", lay);
    onChoice("cut", cut);
    document.querySelectorAll("button[data-view]").forEach(function (button) {
      button.addEventListener("click", function () {
        lookFrom(button.dataset.view);
      });
    });
    if (SCENE.heat) {
      onInput("heat-opacity", function (value) {
        view.setOpacity(1, Number(value) / 100);
        element("heat-opacity-says").textContent = value + " %";
      });
    }
    canvas.addEventListener("keydown", turnByKey);
  }

  function images() {
    var brain = { base64: SCENE.brain, name: "brain.nii.gz", colormap: "gray", cal_min: 0, cal_max: 255 };
    var heat = { base64: SCENE.heat, name: "heat.nii.gz", colormap: "heat", cal_min: SCENE.scale[0], cal_max: SCENE.scale[1] };
    return Promise.all(
      (SCENE.heat ? [brain, heat] : [brain]).map(function (options) {
        return niivue.NVImage.loadFromBase64(options);
      })
    );
  }

  function start() {
    view = new niivue.Niivue({
      backColor: [0, 0, 0, 1],
      fontColor: [1, 1, 1, 1],
      crosshairColor: [0.34, 0.71, 0.91, 0.8],
      clipPlaneColor: [0.34, 0.71, 0.91, 0.25],
      isRadiologicalConvention: true,
      isOrientCube: true,
      isOrientationTextVisible: true,
      dragAndDropEnabled: false,
      clipPlaneHotKey: "",
      viewModeHotKey: "",
      loadingText: "",
      logLevel: "error",
    });
    // The brighter part of plasma, as in the pictures: apart from grey, and lighter all the way.
    view.addColormap("heat", {
      R: [144, 194, 227, 246, 252, 240],
      G: [13, 60, 101, 147, 200, 249],
      B: [164, 128, 94, 59, 39, 33],
      A: [0, 160, 190, 210, 225, 240],
      I: [0, 51, 102, 153, 204, 255],
    });
    stage.classList.add("drawn"); // before NiiVue measures the canvas
    return view
      .attachToCanvas(canvas)
      .then(images)
      .then(function (loaded) {
        loaded.forEach(function (one) {
          view.addVolume(one);
        });
        view.setScale(1.25);
        wire();
        lookFrom("front");
        canvas.dataset.ready = "true";
      });
  }

  start().catch(function (error) {
    stage.classList.remove("drawn");
    say("The 3D view could not be drawn (" + error.message + "). The picture shows the same brain.");
  });
})();
