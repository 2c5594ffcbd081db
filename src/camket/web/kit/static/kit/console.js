"use strict";
// j and k (or the arrows) walk through a list of inquiries while the focus is inside it; Enter is the link's own.
(() => {
  const list = document.querySelector("[data-keys]");
  if (!list) return;
  const links = [...list.querySelectorAll("a")];
  const hint = document.querySelector(".keys-hint");
  if (hint) hint.hidden = false;
  list.addEventListener("keydown", (event) => {
    const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = links[links.indexOf(document.activeElement) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
})();
