"use strict";
// What makes the desks quick. Every act is a link or a button of the page: keys and palette only press them. Nothing is kept in the browser.
(() => {
  const one = (selector, within = document) => within.querySelector(selector);
  const every = (selector, within = document) => [...within.querySelectorAll(selector)];
  const shown = (element) => element.getClientRects().length > 0;
  document.documentElement.dataset.js = "";
  // on a narrow screen the menu and the tabs scroll sideways
  // the first Tab begins where something was last scrolled into view, so the strip itself is moved
  for (const here of every(":is(.top-nav, .tabs) [aria-current]")) {
    const strip = here.closest(".top-nav, .tabs");
    const [its, whole] = [here.getBoundingClientRect(), strip.getBoundingClientRect()];
    strip.scrollLeft += its.left + its.width / 2 - whole.left - whole.width / 2;
  }

  // ---- a file that is larger than a form takes is said to be before it sets out ----

  for (const field of every("input[type=file][data-each]")) {
    const nudge = one(`#${field.id}-nudge`);
    const isTooLarge = () => {
      const found = [...field.files].some((file) => file.size > field.dataset.each);
      nudge.textContent = found ? field.dataset.nudge : "";
      nudge.hidden = !found;
      return found;
    };
    field.addEventListener("change", isTooLarge);
    addEventListener("pageshow", isTooLarge);
    field.form.addEventListener("submit", (event) => {
      if (!isTooLarge()) return;
      event.preventDefault();
      field.focus();
    });
  }

  // ---- the list: one row is current, some are chosen ----

  const list = one("[data-list]");
  const links = list ? every(".row-link", list) : [];
  const bar = one(".acts-bar");
  const boxes = list ? every(".row-pick input", list) : [];
  const chosen = () => boxes.filter((box) => box.checked);

  const retell = () => {
    if (!bar) return;
    const count = chosen().length;
    const many = one(".acts-many", bar);
    many.textContent = count === 1 ? many.dataset.one : many.dataset.many.replace("{n}", count);
    many.hidden = count === 0;
    one(".acts-how", bar).hidden = true;
    bar.classList.toggle("has-some", count > 0);
    const all = one("[data-pick-all]", bar);
    all.checked = count > 0 && count === boxes.length;
    all.indeterminate = count > 0 && count < boxes.length;
    for (const box of boxes) box.closest(".row").classList.toggle("is-chosen", box.checked);
  };
  if (bar) {
    one(".pick-all", bar).hidden = false;
    one("[data-pick-all]", bar).addEventListener("change", (event) => {
      for (const box of boxes) box.checked = event.target.checked;
      retell();
    });
    list.addEventListener("change", retell);
    retell();
    addEventListener("pageshow", retell); // the browser brings ticks back when one returns
  }
  for (const hint of every(".keys-hint")) hint.hidden = false;

  const here = () => links.findIndex((link) => link.closest(".row").contains(document.activeElement));
  const move = (step) => {
    const at = here();
    const next = links[at < 0 ? (step > 0 ? 0 : links.length - 1) : at + step];
    if (!next) {
      const page = one(`.pager a[rel=${step > 0 ? "next" : "prev"}]`);
      if (page) page.click();
      return;
    }
    next.focus();
    next.closest(".row").scrollIntoView({ block: "nearest" });
  };
  const choose = () => {
    const box = here() < 0 ? null : one(".row-pick input", links[here()].closest(".row"));
    if (box) box.click();
  };

  // ---- keys: never in a field, with another key held, or while a word is being composed ----

  const types = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";
  const go = { i: "console", l: "console/letters", t: "console/texts", a: "console/activity", f: "console/find" };
  const language = document.documentElement.lang;
  let isGoing = false;

  const visit = (place) => {
    const link = one(`.top-nav a[href="/${language}/${place}"]`);
    if (link) link.click();
  };

  const press = (key) => {
    if (list && bar && (key === "a" || key === "e") && chosen().length === 0 && here() >= 0) choose();
    if (list && bar && (key === "a" || key === "e") && chosen().length === 0) return false;
    const target = every(`[data-key="${key}"]`).find((element) => shown(element) || element.closest("details:not([open])"));
    if (!target) return false;
    const folded = target.closest("details");
    if (folded) folded.open = true;
    if (target.matches("textarea, input")) target.focus();
    else target.click();
    return true;
  };

  const acts = {
    j: () => (links.length ? move(1) : press("j")),
    k: () => (links.length ? move(-1) : press("k")),
    o: () => here() >= 0 && links[here()].click(),
    x: choose,
    "/": () => (one("#query") ? one("#query").focus() : visit(go.f)),
    "?": () => one("#keys") && one("#keys").showModal(),
  };

  addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      if (palette && !one("dialog[open]")) {
        event.preventDefault();
        openPalette();
      }
      return;
    }
    if (event.key === "Escape" && event.target.matches("textarea")) event.target.blur();
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || one("dialog[open]")) return;
    if (event.target instanceof Element && event.target.closest(types)) return;
    if (list && (event.key === "ArrowDown" || event.key === "ArrowUp") && here() >= 0) {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
      return;
    }
    if (isGoing) {
      isGoing = false;
      if (go[event.key]) {
        event.preventDefault();
        visit(go[event.key]);
        return;
      }
    }
    if (event.key === "g") {
      isGoing = true;
      setTimeout(() => (isGoing = false), 1200);
      return;
    }
    if (event.key in acts) {
      event.preventDefault();
      acts[event.key]();
    } else if (/^[a-z]$/.test(event.key) && press(event.key)) {
      event.preventDefault();
    }
  });

  // ---- the palette: everything on the page that can be pressed, and where one may go ----

  const palette = one("#palette");
  const field = palette && one("input", palette);
  const found = palette && one("ul", palette);
  let offers = [];
  let at = 0;

  const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/g, "d").replace(/Đ/g, "D").toLowerCase();
  const label = (element) => element.textContent.trim().replace(/\s+/g, " ");

  const offersOfThePage = () => {
    const words = palette.dataset;
    const pressed = every("[data-palette]").filter((element) => shown(element) || element.closest("details:not([open])"));
    return [
      ...pressed.map((element) => ({ kind: element.matches(".kept a") ? words.saved : words.act, label: label(element), run: () => element.click() })),
      ...every(".top-nav a").map((link) => ({ kind: words.page, label: label(link), run: () => link.click() })),
    ];
  };

  const lately = async () => {
    if (!palette.dataset.lately) return [];
    const answer = await fetch(palette.dataset.lately, { headers: { Accept: "application/json" } });
    if (!answer.ok || answer.redirected) return [];
    const told = await answer.json();
    const shownHere = new Set(every(".kept a").map(label));
    const lead = (kind) => (item) => ({ kind, label: item.label, run: () => location.assign(item.url) });
    return [
      ...told.saved.filter((item) => !shownHere.has(item.label)).map(lead(palette.dataset.saved)),
      ...told.recent.map(lead(palette.dataset.recent)),
    ];
  };

  const wanted = () => {
    const typed = folded(field.value.trim());
    const parts = typed.split(/\s+/);
    const fitting = offers.filter((offer) => parts.every((part) => folded(`${offer.label} ${offer.kind}`).includes(part)));
    const reference = field.value.trim().toUpperCase();
    if (/^CK-[0-9A-Z]{4}-[0-9A-Z]{4}$/.test(reference)) {
      const run = () => location.assign(palette.dataset.inquiry + reference);
      fitting.unshift({ kind: palette.dataset.page, label: palette.dataset.open.replace("{reference}", reference), run });
    }
    const query = field.value.trim();
    const seeker = one("#look-for");
    // offered last, so that it is chosen by itself only where nothing else is called so: each search stands in the journal
    const seek = seeker && query.length > 1 ? [{ kind: palette.dataset.find, label: palette.dataset.lookFor.replace("{query}", () => query), run: () => lookFor(seeker, query) }] : [];
    return [...fitting.slice(0, 12 - seek.length), ...seek];
  };

  const lookFor = (seeker, query) => {
    seeker.elements.query.value = query;
    seeker.submit();
  };

  const draw = () => {
    const fitting = wanted();
    at = Math.min(at, Math.max(fitting.length - 1, 0));
    found.replaceChildren(
      ...fitting.map((offer, place) => {
        const row = document.createElement("li");
        row.id = `offer-${place}`;
        row.setAttribute("role", "option");
        row.setAttribute("aria-selected", place === at);
        const kind = document.createElement("span");
        kind.textContent = offer.kind;
        row.append(offer.label, kind);
        row.addEventListener("click", () => run(offer));
        return row;
      }),
    );
    field.setAttribute("aria-activedescendant", fitting.length ? `offer-${at}` : "");
    one(".palette-none", palette).hidden = fitting.length > 0;
    const current = one("[aria-selected=true]", found);
    if (current) current.scrollIntoView({ block: "nearest" });
  };

  const run = (offer) => {
    palette.close();
    offer.run();
  };

  const openPalette = () => {
    offers = offersOfThePage();
    at = 0;
    field.value = "";
    palette.showModal();
    draw();
    lately().then((more) => {
      offers.push(...more);
      if (palette.open) draw();
    }, () => {});
  };

  if (palette) {
    field.addEventListener("input", () => {
      at = 0;
      draw();
    });
    palette.addEventListener("keydown", (event) => {
      if (event.isComposing || event.keyCode === 229) return;
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        event.preventDefault();
        at = Math.min(Math.max(at + step, 0), found.children.length - 1);
        draw();
      } else if (event.key === "Enter") {
        event.preventDefault();
        const offer = wanted()[at];
        if (offer) run(offer);
      }
    });
    palette.addEventListener("close", () => (field.value = ""));
  }
  for (const sheet of every("dialog.sheet")) sheet.addEventListener("click", (event) => event.target === sheet && sheet.close());
  for (const opener of every("[data-opens]")) {
    opener.hidden = false;
    opener.addEventListener("click", () => (opener.dataset.opens === "palette" ? openPalette() : one(`#${opener.dataset.opens}`).showModal()));
  }

  // ---- what was done last ----

  // It stays until it is shut or the page is left. What can be taken back no more is offered no more, and that is said in its place.
  const toast = one("[data-toast]");
  if (toast) {
    const shut = one("[data-shut]", toast);
    shut.hidden = false;
    shut.addEventListener("click", () => {
      toast.remove();
      one("main").focus({ preventScroll: true });
    });
    const ends = () => {
      const isLetter = "letter" in toast.dataset;
      const line = document.createElement(isLetter ? "strong" : "span");
      line.textContent = toast.dataset.ended;
      if (isLetter) one("p", toast).replaceChildren(line);
      else one("p", toast).append(" ", line);
      if (one("form", toast).contains(document.activeElement)) shut.focus();
      for (const gone of [one("form", toast), ...(isLetter ? every(".take-back") : [])]) gone.remove();
    };
    if (toast.dataset.ends) setTimeout(ends, 1000 * Number(toast.dataset.ends));
  }

  // ---- a text of ours goes into the answer; its places are filled in from what is open on this page, and nowhere else ----

  const placed = (name) => {
    const element = one(`[data-place="${name}"]`);
    return element ? element.textContent.trim() : "";
  };
  for (const link of every("[data-insert]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const answer = one("#answer");
      const text = link.dataset.insert.replace(/\{(\w+)\}/g, (whole, name) => placed(name) || whole);
      const before = answer.value.slice(0, answer.selectionStart);
      const gap = before && !before.endsWith("\n") ? "\n\n" : "";
      answer.setRangeText(gap + text, answer.selectionStart, answer.selectionEnd, "end");
      answer.dispatchEvent(new Event("input", { bubbles: true }));
      link.closest("details").open = false;
      answer.focus();
    });
  }

  // what nothing stands for on this page stays as it is, and is not sent like that
  const gaps = one("#answer-places");
  if (gaps) {
    const answer = one("#answer");
    const known = gaps.dataset.places.trim().split(" ");
    const tell = () => {
      const found = known.filter((name) => answer.value.includes(`{${name}}`));
      one("[data-unfilled]", gaps).textContent = found.map((name) => `{${name}}`).join(", ");
      gaps.hidden = found.length === 0;
    };
    answer.addEventListener("input", tell);
    addEventListener("pageshow", tell); // the browser brings back what was typed when one returns
  }

  // ---- a button that is pressed twice at once sends its form once ----

  const TWICE_MS = 1000;
  const sentAt = new WeakMap();
  addEventListener("submit", (event) => {
    const pressed = event.submitter ?? event.target;
    const now = performance.now(); // goes only forward
    if (now - (sentAt.get(pressed) ?? -TWICE_MS) < TWICE_MS) event.preventDefault();
    else if (!event.defaultPrevented) sentAt.set(pressed, now);
  });

  // ---- drafts stay on the page alone, so leaving it is asked about ----

  // What came back unsent stands in its field as if it had always been there. A form that is sent takes along only what is typed in itself.
  const written = "textarea, input:is([type=text], [type=email], [type=tel], [type=url], :not([type]))";
  const isWritten = (field) => ("unsent" in field.form.dataset ? field.value.trim() !== "" : field.value !== field.defaultValue);
  const typed = () => every("form[data-guarded]").flatMap((form) => [...form.elements].filter((field) => field.matches(written) && isWritten(field)));
  const isTyped = () => typed().length > 0;
  let isSending = false;
  addEventListener("submit", (event) => {
    isSending = event.target.method === "post" && typed().every((field) => field.form === event.target);
  });
  addEventListener("pageshow", () => (isSending = false));
  addEventListener("beforeunload", (event) => {
    if (isTyped() && !isSending) event.preventDefault();
  });

  // ---- what a search found can be come back to: by the public names of the inquiries, never by what was typed ----

  const results = one("[data-found]");
  if (results) history.replaceState(null, "", results.dataset.found ? `?found=${results.dataset.found}` : location.pathname);

  // ---- news: asked for when the live stream stirs, else every fifteen seconds; only while somebody looks, and shown only when they say so ----

  const asker = one("[data-news-url]");
  const news = one("[data-news]");
  const known = new Map(list ? every(".row", list).map((row) => [row.dataset.reference, Number(row.dataset.sequence)]) : []);
  const title = document.title;
  let tag = "";
  let wait = 15000;

  const say = (fresh, changed) => {
    document.title = fresh ? `(${fresh}) ${title}` : changed ? `• ${title}` : title;
    if (!news) return;
    const words = document.querySelector("#palette").dataset;
    if (list) news.textContent = fresh === 0 ? words.newsChanged : fresh === 1 ? words.newsOne : words.newsMany.replace("{n}", fresh);
    news.hidden = !fresh && !changed;
  };

  const look = (told) => {
    if ("sequence" in told) {
      say(0, told.sequence !== Number(one("[data-inquiry]").dataset.sequence));
      return;
    }
    for (const [name, count] of Object.entries(told.counts)) {
      const badge = one(`[data-count="${name}"]`);
      if (badge) badge.textContent = count > 99 ? "99+" : String(count);
    }
    if (!("first" in list.dataset)) return;
    const now = new Map(told.rows);
    const isWhole = !one(".pager a[rel=next]");
    const last = told.rows.findLastIndex(([reference]) => known.has(reference));
    // where rows have gone, those of the next page come up below the last that is still there: they are no news
    const fresh = told.rows.filter(([reference], place) => !known.has(reference) && (isWhole || place < last)).length;
    // and the last rows of a full page go on to the next one when new ones come
    const gone = [...known.keys()].filter((reference) => !now.has(reference)).length;
    const moved = told.rows.some(([reference, sequence]) => known.has(reference) && known.get(reference) !== sequence);
    say(fresh, moved || gone > (isWhole ? 0 : fresh));
  };

  // whoever writes on has to know before they send: what is sent then is not kept
  const sayOver = () => {
    if (!news) return;
    const words = document.querySelector("#palette").dataset;
    const way = document.createElement("a");
    [way.href, way.target, way.rel, way.textContent] = [`/${language}/console/sign-in`, "_blank", "noopener", words.signIn];
    news.parentElement.classList.add("is-over");
    news.parentElement.replaceChildren(isTyped() ? words.overTyped : words.over, " ", way);
  };

  let isOver = false; // signed out, or not of this desk any more: nothing more to ask
  let timer = 0;
  let heard = null; // the stream that is held
  let isAsking = false;
  let isDue = false; // something stirred while we asked

  const ask = async () => {
    if (isAsking) return void (isDue = true);
    clearTimeout(timer);
    if (!document.hidden) {
      isAsking = true;
      try {
        const answer = await fetch(asker.dataset.newsUrl, { headers: { Accept: "application/json", ...(tag && { "If-None-Match": tag }) } });
        isOver = answer.redirected || answer.status === 403;
        if (isOver) return void sayOver();
        if (answer.ok) {
          tag = answer.headers.get("ETag") || "";
          look(await answer.json());
        }
        wait = answer.ok || answer.status === 304 ? 15000 : Math.min(wait * 2, 240000);
      } catch {
        wait = Math.min(wait * 2, 240000);
      } finally {
        isAsking = false;
      }
    }
    const next = heard ? Math.max(wait, 60000) : wait;
    timer = setTimeout(ask, isDue ? 500 : next); // a busy desk is asked for twice a second, and not for each act
    isDue = false;
  };

  // ---- the live stream: says that something changed, never what; where it is not reached, the page goes on asking ----

  let mark = "";
  let again = 1000;

  const hold = async (held) => {
    const answer = await fetch(asker.dataset.streamUrl, { headers: { Accept: "application/json" }, signal: held.signal });
    if (answer.redirected || answer.status !== 200) return false; // none is there, or none for us
    const { url, ticket } = await answer.json();
    const headers = { Authorization: `Bearer ${ticket}`, ...(mark && { "Last-Event-ID": mark }) };
    const stream = await fetch(url, { headers, signal: held.signal, credentials: "omit", cache: "no-store" });
    if (!stream.ok || !(stream.headers.get("Content-Type") || "").startsWith("text/event-stream")) throw new Error("no stream");
    heard = held;
    again = 1000;
    const reader = stream.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let text = ""; ; ) {
      const silent = setTimeout(() => held.abort(), 30000); // a heartbeat comes every ten seconds
      const { done, value } = await reader.read().finally(() => clearTimeout(silent));
      if (done) return true;
      const parts = (text + value).split("\n\n");
      text = parts.pop();
      const told = parts.map((part) => /^id: (.+)$/m.exec(part)).filter(Boolean);
      if (told.length) {
        mark = told.pop()[1];
        ask();
      }
    }
  };

  let holding = null;
  const listen = async () => {
    if (holding || isOver || document.hidden || !asker.dataset.streamUrl) return;
    const held = (holding = new AbortController());
    let isThere = true;
    try {
      isThere = await hold(held);
    } catch {
      again = Math.min(again * 2, 240000);
    }
    holding = null;
    if (heard === held) {
      heard = null;
      ask();
    }
    if (isThere) setTimeout(listen, again * (0.5 + Math.random()));
  };
  const letGo = () => holding && holding.abort();

  if (asker) {
    timer = setTimeout(ask, wait);
    listen();
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) return void letGo();
      again = 1000;
      if (wait > 15000) wait = 15000;
      listen();
    });
    addEventListener("pagehide", letGo);
    addEventListener("pageshow", (event) => event.persisted && listen());
  }
})();
