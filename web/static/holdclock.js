/* Holdclock: what a page gains with JavaScript. Everything works without it.
   1 clock   2 countdowns and announcements   3 live board   4 keys   5 small things */
"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const MINUTE = 60000, HOUR = 60 * MINUTE, DAY = 24 * HOUR;

  // 1. The server's time at load plus a monotonic counter. The desk's own clock is never asked.
  let served = Date.parse(root.dataset.now), counted = performance.now();
  const pace = +(root.dataset.pace || 1);   // a demo's clock is a fast one
  const now = () => served + pace * (performance.now() - counted);
  const wound = (text) => { const at = Date.parse(text); if (at > now()) { served = at; counted = performance.now(); } };

  // 2. Whole minutes, rounded down, as scheduler/domain/instants.py has it: never more time than there is.
  const NB = "\u00a0";   // a number never leaves its unit
  const joined = (...parts) => parts.filter(([n]) => n).map(([n, unit]) => n + NB + unit).join(NB);
  const countdown = (left) => {
    if (left < MINUTE) return root.dataset.tSoon;
    const m = Math.floor(left / MINUTE);
    return left >= 72 * HOUR ? joined([Math.floor(m / 1440), "d"], [Math.floor(m % 1440 / 60), "h"])
      : joined([Math.floor(m / 60), "h"], [m % 60, "min"]);
  };
  const gone = (past) => { const m = Math.floor(past / MINUTE);
    return `${Math.floor(m / 60)}${NB}h${NB}${String(m % 60).padStart(2, "0")}${NB}min`; };
  const form = (name, t) => root.dataset["t" + name[0].toUpperCase() + name.slice(1)].replace("{t}", t);
  const words = (el, at) => {
    const left = Date.parse(el.dataset.until) - at, to = el.dataset.form || "left";
    if (left > 0) return form(to, countdown(left));
    if (el.dataset.lapses) return root.dataset.tLapsed;
    return to === "ceiling" ? root.dataset.tPassed : form("late", gone(-left));
  };
  const say = (text, urgent) => { const el = document.getElementById(urgent ? "say-now" : "say"); if (el) el.textContent = text; };
  const SPOKEN = [4 * HOUR, HOUR, HOUR / 2, 0];   // the only moments that are spoken
  const LOOKS = [DAY, 4 * HOUR, 0];               // where the server shows a row in another way
  let last = now(), refresh = () => {};
  const tick = () => {
    const at = now(), soft = [], hard = [];
    let changed = false;
    for (const el of all("[data-until]")) {
      const text = words(el, at), end = Date.parse(el.dataset.until), row = el.closest("[data-id], [data-ref]");
      if (el.textContent !== text) el.textContent = text;
      const crossed = (span) => last < end - span && at >= end - span;
      changed = changed || LOOKS.some(crossed);
      for (const span of SPOKEN) if (row && crossed(span))
        (span ? soft : hard).push(`${row.dataset.ref || row.querySelector(".ref").textContent}: ${span ? form(el.dataset.form || "left", countdown(span)) : text}`);
      if (row && crossed(0) && el.dataset.form !== "ceiling" && !el.dataset.lapses) row.classList.add("stop");
    }
    if (hard.length) say(hard.join(". "), true); else if (soft.length) say(soft.join(". "));
    for (const el of all("[data-clock]")) el.textContent = clock(at, el.dataset.clock);
    last = at;
    if (changed) refresh();
  };
  // The header's clock: the server wrote it once, in the reader's manner; here its figures move on.
  const clock = (at, zone) => {
    const [hour, minute, half] = new Intl.DateTimeFormat("en-US", { timeZone: zone, hour: "2-digit", minute: "2-digit",
      hourCycle: root.dataset.hours === "12" ? "h12" : "h23" }).formatToParts(at).filter((p) => p.type !== "literal").map((p) => p.value);
    const day = new Intl.DateTimeFormat(root.lang, { timeZone: zone, weekday: "short", day: "numeric", month: "short" }).formatToParts(at);
    const part = (type) => day.find((p) => p.type === type).value.replace(".", "");
    const letters = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "short" }).formatToParts(at).find((p) => p.type === "timeZoneName").value;
    const time = half ? `${+hour}:${minute} ${half === "AM" ? root.dataset.am : root.dataset.pm}` : `${hour}:${minute}`;
    return `${part("weekday")} ${part("day")} ${part("month").slice(0, 3)} ${time} ${letters}`;
  };

  // 3. The board: asked for anew when something happened, and every half minute.
  const board = document.getElementById("board");
  if (board) {
    const live = () => document.getElementById("live");
    let lost = null, asking = false, again = false, wasStopped = !!board.querySelector("[data-stopped]");
    const connected = (is) => {
      if (is) { lost = null; } else { lost = lost || now(); }
      const el = live();
      if (!el) return;
      const off = lost && now() - lost > 5000;
      el.classList.toggle("off", !!off);
      const at = lost && clock(lost, root.dataset.zone || "UTC").split(" ").slice(3).join(" ");
      el.querySelector("[data-said]").textContent = off ? board.dataset.off.replace("{t}", at) : el.dataset.live;
    };
    const put = (html) => {
      const made = [...new DOMParser().parseFromString(html, "text/html").querySelectorAll("[data-part]")];
      if (!made.length) return;
      // A focused row keeps its focus and its place on the screen, whatever moved around it.
      const held = document.activeElement, row = held && board.contains(held) ? held.closest("[data-id]") : null;
      const nth = row ? all("a, button", row).indexOf(held) : -1, top = row ? row.getBoundingClientRect().top : 0;
      for (const part of made) board.querySelector(`[data-part=${part.dataset.part}]`).replaceChildren(...part.childNodes);
      document.title = made[0].dataset.title;
      wound(made[0].dataset.now);
      if (row) {
        const same = board.querySelector(`[data-id="${CSS.escape(row.dataset.id)}"]`);
        const target = same && (all("a, button", same)[nth] || same.querySelector("a"));
        if (target) { target.focus({ preventScroll: true }); scrollBy(0, same.getBoundingClientRect().top - top); }
      }
      const stopped = board.querySelector("[data-stopped]");
      if (stopped && !wasStopped) say(stopped.dataset.stopped, true);
      wasStopped = !!stopped;
      tick(); connected(true);
    };
    refresh = async () => {
      if (asking) { again = true; return; }
      asking = true;
      try {
        const answer = await fetch(board.dataset.rows, { headers: { Accept: "text/html" } });
        // Led away: nobody is signed in any more, and what is shown is for those who are.
        if (answer.redirected) location.reload();
        else if (answer.ok) put(await answer.text()); else connected(false);
      } catch { connected(false); }
      asking = false;
      if (again) { again = false; refresh(); }
    };
    // Many events in one moment are one look at the board.
    let soon = null;
    const something = () => { soon = soon || setTimeout(() => { soon = null; refresh(); }, 250); };
    if (board.dataset.stream) {
      const stream = new EventSource(board.dataset.stream);
      for (const name of ["hold", "changed", "worker"]) stream.addEventListener(name, something);
      stream.addEventListener("open", () => { if (lost) something(); connected(true); });
      stream.addEventListener("error", () => connected(false));
      addEventListener("pagehide", () => stream.close());
    }
    setInterval(refresh, 30000);
    setInterval(() => { if (lost) connected(false); }, 1000);
    connected(true);
  }
  if (Number.isFinite(served)) { tick(); setInterval(tick, pace > 1 ? 100 : 1000); }

  // A page of figures: asked for anew while somebody looks at it, and never under the reader's focus.
  const fresh = document.querySelector("[data-fresh]");
  if (fresh) setInterval(async () => {
    if (document.hidden || fresh.contains(document.activeElement)) return;
    try {
      const answer = await fetch(fresh.dataset.fresh, { headers: { Accept: "text/html" } });
      const made = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-fresh]");
      if (answer.ok && made) fresh.replaceChildren(...made.childNodes);
    } catch { /* It says as of when it is. */ }
  }, 15000);

  // 4. Keys. They only move about, never in a field, never with a modifier, and one box turns them off.
  const places = { n: "new-hold", b: "board", "?": "help" };
  document.addEventListener("keydown", (e) => {
    if (root.dataset.keys === "off" || e.ctrlKey || e.altKey || e.metaKey || e.target.closest("input, select, textarea, [contenteditable]")) return;
    const key = e.key.toLowerCase(), to = places[key] && document.querySelector(`[data-place="${places[key]}"]`);
    const refs = all("[data-id] .ref"), at = refs.indexOf(document.activeElement);
    if (to) { location.href = to.href; return; }
    if (key === "/") { const field = document.querySelector("input[type=search]"); if (field) { e.preventDefault();
      const fold = field.closest("details"); if (fold) fold.open = true; field.focus(); } }
    else if (key === "j" && refs.length) refs[Math.min(at + 1, refs.length - 1)].focus();
    else if (key === "k" && at > 0) refs[at - 1].focus();
  });

  // 5. On a phone the filter folds away, so that the first hold is on the first screen.
  const narrow = matchMedia("(max-width: 48rem)");
  const fold = () => { for (const el of all("details.fold")) el.open = !narrow.matches || "keep" in el.dataset; };
  fold(); narrow.addEventListener("change", fold);
  for (const el of all("[data-js]")) el.hidden = false;
  for (const el of all("[data-nojs]")) el.hidden = true;
  for (const el of all("[data-print]")) el.addEventListener("click", () => print());
  // One press is one press: the second click of a double click sends nothing.
  for (const el of all("form[method=post]")) el.addEventListener("submit", (e) => { if (el.dataset.sent) e.preventDefault(); el.dataset.sent = "yes"; });
  addEventListener("pageshow", () => { for (const el of all("form[data-sent]")) delete el.dataset.sent; });
  // Five minutes before somebody is signed out they are told, and may stay. Another page may have put it off.
  const ENDING = 300;
  const staying = () => {
    const el = document.getElementById("ending");
    if (!el) return;
    const ask = async (options) => {
      try {
        const answer = await fetch("/stay", options);
        const made = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("ending");
        if (answer.ok && made) { el.replaceWith(made); staying(); }
      } catch { /* What is shown stands. */ }
    };
    const left = +el.dataset.left;
    if (left > ENDING) { setTimeout(ask, (left - ENDING + 1) * 1000); return; }
    el.hidden = false;
    say(el.querySelector("[data-said]").textContent);
    const form = el.querySelector("[data-stay]");
    if (form) form.addEventListener("submit", (e) => { e.preventDefault(); ask({ method: "POST", body: new URLSearchParams(new FormData(form)) }); });
  };
  staying();
  const wrong = document.getElementById("errors");
  if (wrong) wrong.focus();
  window.holdclock = { now, countdown, gone, say, refresh: () => refresh() };
})();
