"use strict";
// What makes writing a policy quick: line numbers with their findings, a check while one types, Tab and Ctrl+S, and a clause found in both texts.
// Without it the same form is checked and saved by its buttons.
(() => {
  const form = document.querySelector("[data-draft]");
  if (!form) return;
  const one = (selector, within = document) => within.querySelector(selector);
  const every = (selector, within = document) => [...within.querySelectorAll(selector)];
  const said = form.dataset;
  const PAUSE = 700; // milliseconds after the last key before the compiler is asked

  // ---- the sheets: a copy of each text beneath it carries numbers and colours, line for line ----

  const sheets = new Map();
  for (const pane of every("[data-pane].pane", form)) {
    const area = one("textarea", pane);
    if (area) sheets.set(pane.dataset.pane, { area, lines: one(".lines", pane), marks: new Map() });
  }

  const draw = (sheet) => {
    const { area, lines, marks } = sheet;
    const texts = area.value.split("\n");
    while (lines.children.length > texts.length) lines.lastChild.remove();
    while (lines.children.length < texts.length) lines.append(document.createElement("div"));
    texts.forEach((text, at) => {
      const line = lines.children[at];
      if (line.textContent !== text) line.textContent = text;
      if (line.dataset.n !== String(at + 1)) line.dataset.n = at + 1;
      const mark = marks.get(at + 1) || "";
      if (line.className !== mark) line.className = mark;
    });
    lines.style.width = `${area.clientWidth + 2}px`;
    lines.scrollTop = area.scrollTop;
  };

  const pending = new Set();
  const redraw = (sheet) => {
    if (pending.has(sheet)) return;
    pending.add(sheet);
    requestAnimationFrame(() => {
      pending.delete(sheet);
      draw(sheet);
    });
  };

  const goTo = (name, number) => {
    const sheet = sheets.get(name);
    if (!sheet) return false;
    const folded = sheet.area.closest("details");
    if (folded) folded.open = true;
    const choice = one(`#pane-${name}`);
    if (choice) choice.checked = true;
    draw(sheet);
    const line = sheet.lines.children[Math.max(0, Math.min(number, sheet.lines.children.length) - 1)];
    const texts = sheet.area.value.split("\n");
    const start = texts.slice(0, number - 1).reduce((sum, text) => sum + text.length + 1, 0);
    sheet.area.focus({ preventScroll: true });
    sheet.area.setSelectionRange(start, start + (texts[number - 1] || "").length);
    sheet.area.scrollTop = line.offsetTop - sheet.area.clientHeight / 3;
    sheet.area.scrollIntoView({ block: "nearest" });
    return true;
  };

  // the other text follows to the clause that is being read, without being touched
  const clauseLinks = () => every("[data-clause]", form);
  const follow = (name) => {
    const { area } = sheets.get(name);
    const at = area.value.slice(0, area.selectionStart).split("\n").length;
    let near = null;
    for (const link of clauseLinks()) {
      const line = Number(link.getAttribute(`data-line-${name}`));
      if (line && line <= at && (!near || line > Number(near.getAttribute(`data-line-${name}`)))) near = link;
    }
    for (const [other, sheet] of sheets) {
      const line = near && other !== name ? Number(near.getAttribute(`data-line-${other}`)) : 0;
      if (!line || !sheet.lines.children[line - 1]) continue;
      sheet.area.scrollTop = sheet.lines.children[line - 1].offsetTop - 12;
    }
  };

  form.addEventListener("click", (event) => {
    const finding = event.target.closest("a[data-line]");
    const clause = event.target.closest("a[data-clause]");
    if (finding && goTo(finding.dataset.pane, Number(finding.dataset.line))) event.preventDefault();
    if (!clause) return;
    const name = [...sheets.keys()].find((key) => clause.hasAttribute(`data-line-${key}`));
    if (name && goTo(name, Number(clause.getAttribute(`data-line-${name}`)))) {
      event.preventDefault();
      follow(name);
    }
  });

  // ---- the check while one types ----

  const state = one("[data-state]", form);
  const tell = (text, isBad = false) => {
    state.textContent = text;
    state.classList.toggle("bad", isBad);
  };
  const snapshot = () => [...sheets.values()].map(({ area }) => area.value).join("\u0000");
  let kept = said.unsaved === undefined ? snapshot() : null;
  const isDirty = () => snapshot() !== kept;
  const counted = (what, many) => said[many === 1 ? `${what}One` : what].replace("{count}", many.toLocaleString(document.documentElement.lang));
  const count = () => {
    for (const [name, { area }] of sheets) {
      const words = one(`[data-words-of="${name}"]`, form);
      if (words) words.textContent = counted("words", (area.value.match(/\S+/g) || []).length);
    }
  };
  const bytes = new TextEncoder();
  const isTooLong = () => [...sheets.values()].some(({ area }) => bytes.encode(area.value).length > Number(said.limit));

  const blank = one("#finding");
  const item = (found) => {
    const made = blank.content.firstElementChild.cloneNode(true);
    const link = one("a", made);
    link.href = `#text_${found.pane}`;
    link.dataset.pane = found.pane;
    link.dataset.line = found.line;
    one(".finding-place", made).textContent = (found.clause ? `${found.clause} · ` : "") + said.lineWord.replace("{line}", found.line);
    one(".finding-file", made).textContent = found.place;
    one("strong", made).textContent = `${found.area}.`;
    one("p span", made).textContent = found.message;
    one("p:last-child", made).textContent = found.hint;
    return made;
  };
  // the clauses as the compiler read them just now: what came, what went, and what still lacks its translation
  const made = (name, className = "", text = "") => {
    const element = document.createElement(name);
    if (className) element.className = className;
    element.textContent = text;
    return element;
  };
  const clauseLink = ({ number, lines }) => {
    const link = made("a", "", number);
    link.href = `#text_${[...sheets.keys()][0]}`;
    link.dataset.clause = number;
    for (const [language, line] of Object.entries(lines)) if (line) link.setAttribute(`data-line-${language}`, line);
    return link;
  };
  const row = ({ number, title, clauses }) => {
    const section = made("div", "clause-row");
    const head = made("p");
    head.append(made("span", "number", number), ` ${title}`);
    const items = made("ul");
    for (const clause of clauses) {
      const line = made("li", clause.lacks.length ? "is-missing" : "");
      line.append(clauseLink(clause));
      for (const lack of clause.lacks) line.append(" ", made("span", "lack", lack));
      items.append(line);
    }
    section.append(head, items);
    return section;
  };
  const list = ({ sections, missing }) => {
    const index = one("[data-sections]", form);
    const held = index.contains(document.activeElement) ? document.activeElement.dataset.clause : "";
    index.replaceChildren(...sections.map(row));
    if (held) clauseLinks().find((link) => link.dataset.clause === held)?.focus({ preventScroll: true });
    one("[data-no-clause]", form).hidden = sections.length > 0;
    const tag = one("[data-missing]", form);
    if (tag.textContent !== missing) tag.textContent = missing;
    tag.hidden = !missing;
  };
  const show = (answer) => {
    for (const sheet of sheets.values()) sheet.marks.clear();
    for (const found of answer.findings) {
      const sheet = sheets.get(found.pane);
      if (sheet && sheet.marks.get(found.line) !== "is-error") sheet.marks.set(found.line, `is-${found.severity}`);
    }
    for (const severity of ["error", "warning"]) {
      const list = one(`[data-list="${severity}"]`, form);
      const those = answer.findings.filter((found) => found.severity === severity);
      one("ol", list).replaceChildren(...those.map(item));
      list.hidden = those.length === 0;
    }
    one("[data-none]", form).hidden = answer.findings.length > 0;
    one("[data-errors-count]", form).textContent = counted("errors", answer.errors);
    one("[data-warnings-count]", form).textContent = counted("warnings", answer.warnings);
    one(".verdict", form).classList.toggle("has-errors", answer.errors > 0);
    list(answer);
    for (const sheet of sheets.values()) redraw(sheet);
  };

  let timer = 0;
  let asked = 0;
  const check = async () => {
    if (isTooLong()) return tell(said.tooLong, true);
    const mine = (asked += 1);
    try {
      const answer = await fetch(said.check, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
      if (mine !== asked) return undefined; // a later key has asked anew
      const found = await answer.json();
      if (answer.ok) show(found);
      else tell(found.faults ? found.faults.map((fault) => fault.said).join(" ") : said.unreached, true);
    } catch {
      if (mine === asked) tell(said.unreached, true);
    }
    return undefined;
  };

  form.addEventListener("input", (event) => {
    const sheet = [...sheets.values()].find(({ area }) => area === event.target);
    if (!sheet) return;
    redraw(sheet);
    count();
    tell(isDirty() ? said.dirty : said.clean);
    clearTimeout(timer);
    timer = setTimeout(check, PAUSE);
  });

  // ---- saving without leaving the page ----

  const button = one("[data-save]", form);
  let isSaving = false;
  const save = async () => {
    if (!button || isSaving) return;
    if (isTooLong()) {
      tell(said.tooLong, true);
      return;
    }
    isSaving = true;
    const text = snapshot();
    const body = new FormData(form);
    body.set("act", "save");
    try {
      const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
      if (answer.ok && answer.headers.get("Content-Type").startsWith("application/json")) {
        const found = await answer.json();
        form.elements.revision.value = found.revision;
        form.elements.opened.value = found.opened;
        kept = text;
        tell(isDirty() ? said.dirty : found.said);
        check();
      } else if (answer.status === 409 || answer.status === 422) {
        kept = snapshot(); // the page that comes shows what was typed
        form.requestSubmit(button);
      } else tell(said.unreached, true);
    } catch {
      tell(said.unreached, true);
    }
    isSaving = false;
  };
  // the place where one writes is not left for it; what cannot be saved so is sent as a form, which presses nothing
  if (button) button.addEventListener("click", (event) => {
    event.preventDefault();
    save();
  });
  let isLeaving = false;
  form.addEventListener("submit", () => { isLeaving = true; });
  addEventListener("beforeunload", (event) => {
    if (button && isDirty() && !isLeaving) event.preventDefault();
  });
  addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "s") return;
    event.preventDefault();
    save();
  });

  // ---- Tab puts in spaces; Escape gives Tab back to the keyboard's user ----

  let isFree = false;
  for (const [name, sheet] of sheets) {
    const { area, lines } = sheet;
    one(".sheet", area.closest(".pane")).classList.add("has-lines");
    area.addEventListener("scroll", () => { lines.scrollTop = area.scrollTop; });
    area.addEventListener("keydown", (event) => {
      if (event.key === "Escape") isFree = true;
      else if (event.key === "Tab" && !isFree && !event.shiftKey && !event.ctrlKey && !event.altKey && !area.readOnly) {
        event.preventDefault();
        area.setRangeText("  ", area.selectionStart, area.selectionEnd, "end");
        area.dispatchEvent(new Event("input", { bubbles: true }));
      } else if (event.key !== "Shift") isFree = false;
    });
    area.addEventListener("click", () => follow(name));
    new ResizeObserver(() => redraw(sheet)).observe(area);
    draw(sheet);
  }
  for (const hint of every("kbd[hidden]", form)) hint.hidden = false;
  for (const finding of every("a[data-line]", form)) {
    const sheet = sheets.get(finding.dataset.pane);
    const isError = finding.closest('[data-list="error"]');
    if (sheet && (isError || !sheet.marks.has(Number(finding.dataset.line)))) sheet.marks.set(Number(finding.dataset.line), isError ? "is-error" : "is-warning");
  }
  for (const sheet of sheets.values()) draw(sheet);
  count();
  if (said.unsaved !== undefined) tell(said.dirty);
})();
