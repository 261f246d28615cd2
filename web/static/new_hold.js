/* The deadline beside the form of a new hold. The server works it out, 300 ms after the last key:
   what it answers is what `Show deadline first` shows without a script. */
"use strict";
(() => {
  const form = document.querySelector("form[data-preview]"), box = document.getElementById("preview");
  if (!form || !box || !window.holdclock) return;
  const PAUSE = 300, SPOKEN = 900;
  // Whoever is held is not asked about: the limits do not depend on it.
  const KEPT = ["subject_name", "a_number", "show", "once"];
  let timer = null, voice = null, latest = 0;
  const put = (html) => {
    const made = new DOMParser().parseFromString(html, "text/html"), is = made.getElementById("preview-is");
    if (!is) return;
    document.getElementById("preview-is").replaceWith(is);
    for (const el of form.querySelectorAll(".echo")) { el.replaceChildren(); el.classList.remove("warn"); }
    for (const told of made.querySelectorAll("[data-echo]")) {
      const el = document.getElementById(`${told.dataset.echo}-o`);
      if (!el) continue;
      el.replaceChildren(...told.childNodes);
      el.classList.toggle("warn", "wrong" in told.dataset);
    }
  };
  const ask = async () => {
    const mine = ++latest, told = new URLSearchParams(new FormData(form));
    for (const name of KEPT) told.delete(name);
    const is = document.getElementById("preview-is");
    is.setAttribute("aria-busy", "true");
    const slow = setTimeout(() => { is.textContent = box.dataset.working; }, 150);
    try {
      const answer = await fetch(form.dataset.preview, { method: "POST", body: told, headers: { Accept: "text/html" } });
      // An answer that was overtaken by a later question is none.
      if (mine === latest && answer.ok) put(await answer.text());
    } catch { /* The button still works, and the server still decides. */ }
    clearTimeout(slow);
  };
  form.addEventListener("input", () => {
    clearTimeout(timer); clearTimeout(voice);
    timer = setTimeout(ask, PAUSE);
    voice = setTimeout(() => holdclock.say(document.getElementById("preview-is").innerText.replace(/\s+/g, " ").trim()), SPOKEN);
  });
})();
