"use strict";
// Draws the live charts over the still ones. Nothing is fetched; expressions are interpreted, so no code is made from text.
(async () => {
  const specifications = JSON.parse(document.getElementById("specifications").textContent);
  const places = document.querySelectorAll("[data-chart]");
  const options = { renderer: "svg", actions: false, ast: true, tooltip: { theme: "page" } };
  document.documentElement.classList.add("script");
  for (const place of places) {
    const plot = place.parentElement;
    // A width from the container needs a container that has one.
    plot.classList.add("drawn");
    try {
      await vegaEmbed(place, specifications[place.dataset.chart], options);
    } catch (error) {
      plot.classList.remove("drawn");
      console.error(`chart ${place.dataset.chart}: ${error}`);
    }
  }
  document.documentElement.classList.add("ready");
})();

// A link into a closed part opens it; so does printing.
const open = () => {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let part = target && target.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
  if (target) target.scrollIntoView();
};
addEventListener("hashchange", open);
if (location.hash) open();
if (matchMedia("(max-width: 60rem)").matches) document.querySelector(".contents details").open = false;
