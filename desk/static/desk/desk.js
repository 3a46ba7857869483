// Two small comforts, without which every page still works: a report's frame as tall as its
// page and in the same light, and a running run that reports its progress by itself.
(function () {
  "use strict";

  function isDark() {
    return document.documentElement.classList.contains("dark");
  }

  function fit(frame) {
    var page = frame.contentDocument;
    if (!page || !page.documentElement) return;
    page.documentElement.classList.toggle("dark", isDark());
    page.documentElement.classList.toggle("light", !isDark());
    frame.style.height = page.documentElement.scrollHeight + 24 + "px";
  }

  function frames() {
    document.querySelectorAll("iframe[data-fit]").forEach(function (frame) {
      frame.addEventListener("load", function () { fit(frame); });
      fit(frame);
      new MutationObserver(function () { fit(frame); })
        .observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
      window.addEventListener("resize", function () { fit(frame); });
    });
  }

  function follow(place) {
    fetch(place.dataset.follow, { headers: { Accept: "application/json" }, credentials: "same-origin" })
      .then(function (answer) { return answer.ok ? answer.json() : Promise.reject(answer.status); })
      .then(function (run) {
        if (run.ended) { window.location.reload(); return; }
        place.querySelector("progress").value = run.progress;
        place.querySelector("[data-note]").textContent = run.note;
        window.setTimeout(function () { follow(place); }, 1500);
      })
      .catch(function () { window.setTimeout(function () { follow(place); }, 6000); });
  }

  document.addEventListener("DOMContentLoaded", function () {
    frames();
    document.querySelectorAll("[data-follow]").forEach(follow);
  });
})();
