// The panel "Ready to submit?" follows what is typed. Without this script it is as of the last save.
(() => {
  const WAIT = 600; // ms without a key, before we ask
  const form = document.getElementById("verificationrequest_form");
  // Looked up each time: news about web addresses replaces the whole panel.
  const panel = () => document.getElementById("readiness");
  if (!form || !panel()?.dataset.live) return;

  let newest = 0;
  let soon = 0;
  let running = null;

  const say = (words) => {
    const line = panel()?.querySelector("[data-live-said]");
    if (line && line.textContent !== words) line.textContent = words;
  };

  // Only sections that changed are replaced, so that a screen reader reads only those.
  const put = (fresh) => {
    const old = [...panel().querySelectorAll(".tf-ready > li")];
    [...fresh.querySelectorAll(".tf-ready > li")].forEach((item, position) => {
      const before = old[position];
      if (!before || before.isEqualNode(item)) return;
      const focused = before.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
      before.replaceWith(item);
      if (focused === null) return;
      const links = [...item.querySelectorAll("a")];
      (links.find((link) => link.getAttribute("href") === focused) || links[0]).focus({ preventScroll: true });
    });
  };

  const stop = () => {
    newest += 1;
    clearTimeout(soon);
    running?.abort();
  };

  const ask = async () => {
    if (!panel()) return;
    const { live, typed, stale } = panel().dataset;
    const mine = newest;
    running = new AbortController();
    const body = new URLSearchParams(new FormData(form));
    // Nothing is saved, so nothing that was typed may count as saved.
    ["desk_typed", "desk_page"].forEach((name) => body.delete(name));
    try {
      const answer = await fetch(live, { method: "POST", body, redirect: "manual", credentials: "same-origin", signal: running.signal });
      const text = await answer.text();
      if (mine !== newest || !panel()) return;
      const fresh = answer.status === 200 && new DOMParser().parseFromString(text, "text/html").getElementById("readiness");
      if (fresh) put(fresh);
      say(fresh ? typed : stale);
    } catch {
      if (mine === newest) say(stale);
    }
  };

  const later = (event) => {
    if (!event.target.name) return;
    stop();
    // From now on the panel is about what is typed, no longer about what is saved.
    if (panel()) delete panel().dataset.deskRefresh;
    soon = setTimeout(ask, WAIT);
  };
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  form.addEventListener("submit", stop);
})();
