// How a notice stands is asked for again every few seconds while it goes out. Without this script the page says the same when it is loaded again.
"use strict";

const EVERY_MS = 4000;

function show(told, at) {
  at.querySelector("[data-progress]").textContent = told.progress;
  const estimate = at.querySelector("[data-estimate]");
  if (estimate) estimate.textContent = told.estimate;
  const bar = at.querySelector("progress[max]");
  if (bar) [bar.max, bar.value] = [told.most, told.settled];
  for (const [name, figure, isNone] of told.counts) {
    const place = at.querySelector(`[data-count="${name}"]`);
    if (!place) continue;
    place.textContent = figure;
    place.parentElement.classList.toggle("none", isNone);
  }
}

async function look(at) {
  if (!document.hidden) {
    try {
      const answer = await fetch(at.dataset.liveUrl, { credentials: "same-origin", headers: { Accept: "application/json" } });
      if (answer.ok && !answer.redirected) {
        const told = await answer.json();
        // what can be done is something else in another state: the whole page is asked for then
        if (told.state !== at.dataset.liveState) return location.reload();
        show(told, at);
      }
    } catch {
      // the network is away for a moment; the next look tries again
    }
  }
  setTimeout(look, EVERY_MS, at);
}

const live = document.querySelector("[data-live-url]");
if (live) setTimeout(look, EVERY_MS, live);
