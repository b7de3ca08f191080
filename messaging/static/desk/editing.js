// Tells the desk that this form is in use, every half minute while the page is visible, and shows who else uses it.
(() => {
  const EVERY = 30000;
  const place = document.getElementById("desk-editing");
  const form = place && document.getElementById(place.dataset.form);
  if (!form) return;
  let acted = false;  // a script puts the cursor into a field too
  let inUse = false;
  let last = 0;

  const body = (more = {}) => {
    const data = new FormData();
    data.set("csrfmiddlewaretoken", form.querySelector("[name=csrfmiddlewaretoken]").value);
    Object.entries(more).forEach(([key, value]) => data.set(key, value));
    return data;
  };
  const say = (words) => {
    if (place.textContent !== words) place.textContent = words;
    place.hidden = !words;
  };
  const beat = async () => {
    if (!inUse || document.hidden || Date.now() - last < EVERY - 1000) return;
    last = Date.now();
    try {
      const answer = await fetch(place.dataset.url, { method: "POST", body: body(), redirect: "manual", credentials: "same-origin" });
      if (answer.status === 200) say(await answer.text());
    } catch { /* away for a moment; the form works without it */ }
  };
  const start = () => {
    inUse = true;
    beat();
  };

  ["pointerdown", "keydown"].forEach((name) => addEventListener(name, () => { acted = true; }, true));
  document.addEventListener("input", (event) => { if (event.target.form === form) start(); });
  document.addEventListener("focusin", (event) => { if (acted && event.target.form === form && event.target.matches("input, textarea, select")) start(); });
  document.addEventListener("visibilitychange", beat);
  setInterval(beat, EVERY);
  addEventListener("pagehide", () => {
    if (!inUse) return;
    navigator.sendBeacon(place.dataset.url, body({ left: "1" }));
    inUse = false;
    last = 0;
  });
})();
