"use strict";
// Courtesies for the contact form, which works without any of them: a proof of work that spares the sender the slow lane,
// a count of the characters left, a hint beside an unlikely answer, and questions that appear with the tick they belong to.
(() => {
  const form = document.querySelector("form[data-token]");
  if (!form) return;
  const said = form.dataset;

  // Round constants and first state of SHA-256: fractional parts of the cube and square roots of the first primes (FIPS 180-4, 4.2.2 and 5.3.3).
  const primes = [];
  for (let n = 2; primes.length < 64; n += 1) if (primes.every((p) => n % p)) primes.push(n);
  const fraction = (x) => ((x - Math.floor(x)) * 4294967296) | 0;
  const ROUND = Int32Array.from(primes, (p) => fraction(Math.cbrt(p)));
  const START = primes.slice(0, 8).map((p) => fraction(Math.sqrt(p)));
  const schedule = new Int32Array(64);

  function compress(state, view, offset) {
    for (let i = 0; i < 16; i += 1) schedule[i] = view.getInt32(offset + 4 * i);
    for (let i = 16; i < 64; i += 1) {
      const x = schedule[i - 15], y = schedule[i - 2];
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      schedule[i] = schedule[i - 16] + s0 + schedule[i - 7] + s1;
    }
    let a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
    for (let i = 0; i < 64; i += 1) {
      const e1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const a0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const s = (h + e1 + ((e & f) ^ (~e & g)) + ROUND[i] + schedule[i]) | 0;
      const t = (a0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + s) | 0; d = c; c = b; b = a; a = (s + t) | 0;
    }
    state[0] += a; state[1] += b; state[2] += c; state[3] += d; state[4] += e; state[5] += f; state[6] += g; state[7] += h;
  }

  // Every try begins with the same token: its full blocks are digested once, and only the end is laid out anew.
  const beginning = new TextEncoder().encode(`${said.token}.`);
  const half = Int32Array.from(START);
  const digested = beginning.length - (beginning.length % 64);
  for (let at = 0; at < digested; at += 64) compress(half, new DataView(beginning.buffer), at);
  const end = new Uint8Array(128);
  const endView = new DataView(end.buffer);
  const state = new Int32Array(8);

  function leadingZeros(number) {
    const digits = String(number);
    end.fill(0);
    end.set(beginning.subarray(digested));
    let length = beginning.length - digested;
    for (let i = 0; i < digits.length; i += 1) end[length++] = digits.charCodeAt(i);
    end[length] = 0x80;
    const size = length + 9 > 64 ? 128 : 64;
    endView.setUint32(size - 4, (digested + length) * 8);
    state.set(half);
    for (let at = 0; at < size; at += 64) compress(state, endView, at);
    const word = state.findIndex((value) => value !== 0);
    return word < 0 ? 256 : 32 * word + Math.clz32(state[word]);
  }

  let number = 0;
  function work() {
    const rest = performance.now() + 12; // short enough that typing never stutters
    while (performance.now() < rest) {
      for (let i = 0; i < 64; i += 1, number += 1) {
        if (leadingZeros(number) >= Number(said.difficulty)) {
          form.elements.work.value = String(number);
          return;
        }
      }
    }
    setTimeout(work);
  }
  if (said.token && said.difficulty) setTimeout(work, 100);

  for (const counter of form.querySelectorAll("[data-counts]")) {
    const box = document.getElementById(counter.dataset.counts);
    const count = () => {
      const left = Number(box.dataset.limit) - [...box.value].length;
      const text = (left < 0 ? said.over : said.left).replace("{n}", Math.abs(left).toLocaleString(document.documentElement.lang));
      counter.textContent = box.value === "" ? "" : text;
      counter.classList.toggle("over", left < 0);
      counter.setAttribute("aria-live", left < 50 ? "polite" : "off");
    };
    box.addEventListener("input", count);
    counter.hidden = false; // an empty counter keeps its line, so that the first letter does not move what stands below
    count();
  }

  // Leaving a field must not move the page between the press and the release of what is pressed next, for that click would
  // miss: a finger's press leaves the field only when it is lifted, a mouse's at once, so both are waited for.
  let isPressed = false;
  const settled = [];
  let pause = 0;
  const settle = () => {
    clearTimeout(pause);
    pause = setTimeout(() => {
      if (!isPressed) for (const look of settled.splice(0)) look();
    }, 250);
  };
  addEventListener("pointerdown", () => { isPressed = true; }, true);
  for (const name of ["pointerup", "pointercancel"]) addEventListener(name, () => { isPressed = false; settle(); }, true);

  const LIKELY = {
    email: (value) => /^[^\s@]+@[^\s@]+\.[^\s@.]{2,}$/.test(value),
    tel: (value) => { const digits = value.replace(/\D/g, "").length; return digits >= 8 && digits <= 15; },
  };
  for (const box of form.querySelectorAll("input[type=email], input[type=tel]")) {
    const nudge = document.getElementById(`${box.id}-nudge`);
    const look = () => {
      const value = box.value.trim();
      const unlikely = value !== "" && !LIKELY[box.type](value);
      nudge.textContent = unlikely ? said[box.type === "email" ? "nudgeEmail" : "nudgeTel"] : "";
      nudge.hidden = !unlikely;
    };
    box.addEventListener("blur", () => { settled.push(look); settle(); });
    box.addEventListener("input", () => { if (!nudge.hidden) look(); });
  }

  // Files that are too many or too large are said so before they set out.
  const files = form.querySelector("input[type=file]");
  if (files) {
    const nudge = document.getElementById(`${files.id}-nudge`);
    const most = files.dataset;
    const isTooMuch = () => {
      const sizes = [...files.files].map((file) => file.size);
      const found = sizes.length > most.most || sizes.some((size) => size > most.each) || sizes.reduce((all, size) => all + size, 0) > most.together;
      nudge.textContent = found ? most.nudge : "";
      nudge.hidden = !found;
      return found;
    };
    // what was chosen is named, for a browser says how many and no more; a kind is only guessed at here, by the name: the server looks inside
    const chosen = document.getElementById(`${files.id}-chosen`);
    const kinds = files.accept.split(",");
    const unlike = (file) => !kinds.some((kind) => file.name.toLowerCase().endsWith(kind));
    const name = () => {
      chosen.replaceChildren(...[...files.files].map((file) => {
        const row = document.createElement("li");
        row.append(Object.assign(document.createElement("bdi"), { textContent: file.name }));
        return row;
      }));
      chosen.hidden = files.files.length === 0;
      const odd = [...files.files].find(unlike);
      if (isTooMuch() || !odd) return;
      nudge.textContent = most.unlike.replace("{file}", () => odd.name);
      nudge.hidden = false;
    };
    files.addEventListener("change", name);
    addEventListener("pageshow", name);
    form.addEventListener("submit", (event) => {
      if (!isTooMuch()) return;
      event.preventDefault();
      files.focus();
    });
  }

  // A question that belongs to one purpose is asked, and sent, only while that purpose is agreed to; what was typed stays.
  for (const group of form.querySelectorAll("[data-purpose]")) {
    const tick = form.querySelector(`input[name=consents][value="${group.dataset.purpose}"]`);
    if (!tick) continue;
    const follow = () => { group.hidden = !tick.checked; group.disabled = !tick.checked; };
    tick.addEventListener("change", follow);
    addEventListener("pageshow", follow);
    follow();
  }

  // What is corrected is no fault any more; whether it holds now, the next sending says.
  for (const wrong of form.querySelectorAll(".wrong")) {
    const box = wrong.querySelector("input, textarea, select");
    const had = box.type === "checkbox" ? box.checked : box.value;
    const look = () => {
      const isAsItWas = (box.type === "checkbox" ? box.checked : box.value) === had;
      wrong.classList.toggle("wrong", isAsItWas);
      document.getElementById(`${box.id}-error`).hidden = !isAsItWas;
      if (isAsItWas) box.setAttribute("aria-invalid", "true");
      else box.removeAttribute("aria-invalid");
    };
    box.addEventListener("input", look);
    box.addEventListener("change", () => { settled.push(look); settle(); });
    addEventListener("pageshow", look);
  }

  // What is long to type is asked about before the page is left. No browser brings it back: on a machine that others use it must not be there.
  const areas = [...form.querySelectorAll("textarea")];
  let isSending = false;
  addEventListener("submit", (event) => { isSending = !event.defaultPrevented; });
  addEventListener("pageshow", () => { isSending = false; });
  addEventListener("beforeunload", (event) => {
    if (!isSending && areas.some((area) => area.value.trim().length >= 20)) event.preventDefault();
  });

  // In another language the form comes back with what was typed, and nothing of it is kept on the way; files stay behind, and that is said there.
  const tongue = document.querySelector(".tongue");
  const wish = Object.assign(document.createElement("input"), { type: "hidden", name: "switch" });
  const action = form.getAttribute("action");
  const stay = () => {
    wish.remove();
    if (files) files.disabled = false;
    form.setAttribute("action", action);
  };
  addEventListener("pageshow", stay); // who comes back to the page, or never left it, sends it as it is
  form.addEventListener("submit", stay);
  if (tongue) tongue.addEventListener("click", (event) => {
    const isElsewhere = event.ctrlKey || event.metaKey || event.shiftKey;
    const boxes = form.querySelectorAll("textarea, input:is([type=text], [type=email], [type=tel])");
    if (isElsewhere || ![...boxes].some((box) => box.value.trim() !== "")) return;
    event.preventDefault();
    wish.value = files && files.files.length ? "files" : "1";
    form.append(wish);
    if (files) files.disabled = true;
    form.setAttribute("action", tongue.getAttribute("href"));
    isSending = true;
    form.submit();
  });

  // A page that comes back a second time stands where the first fault was looked at: the summary of the new ones is elsewhere.
  const problems = document.getElementById("problems");
  if (problems) {
    history.scrollRestoration = "manual";
    const begin = () => { problems.focus({ preventScroll: true }); problems.scrollIntoView({ block: "start" }); };
    begin();
    addEventListener("load", begin, { once: true });
  }
})();
