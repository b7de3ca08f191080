// Small conveniences on the desk's pages. Everything works without them.
(() => {
  // The server shows times in this browser's time zone, which only the browser knows.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone) {
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `desk_zone=${encodeURIComponent(zone)}; path=/; max-age=31536000; samesite=lax${secure}`;
  }

  const say = (words) => {
    let place = document.getElementById("desk-said");
    if (!place) {
      place = document.createElement("p");
      place.id = "desk-said";
      place.className = "desk-hidden";
      place.setAttribute("role", "status");
      document.body.append(place);
    }
    place.textContent = words;
  };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest(".desk-copy");
    if (!button) return;
    const label = button.textContent;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = button.dataset.done;
      say(button.dataset.done);
    } catch {
      const range = document.createRange();
      range.selectNodeContents(button.previousElementSibling || button);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      return;
    }
    setTimeout(() => { button.textContent = label; }, 1500);
  });

  // A demo login on a private installation: fills in its name and the one password they all share.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-desk-login]");
    if (!button) return;
    const form = document.getElementById("login-form");
    form.elements.username.value = button.dataset.deskLogin;
    form.elements.password.value = "demo";
    form.requestSubmit();
  });

  // One click is one promise: a second submit is ignored for a moment, and the button's name is still sent.
  document.addEventListener("submit", (event) => {
    if (event.target.dataset.deskOnce === undefined) return;
    if (event.target.dataset.sent) {
      event.preventDefault();
      return;
    }
    event.target.dataset.sent = "1";
    setTimeout(() => { delete event.target.dataset.sent; }, 5000);
  });
  addEventListener("pageshow", () => {
    document.querySelectorAll("[data-sent]").forEach((form) => delete form.dataset.sent);
  });

  // An element with data-desk-refresh="seconds" and an id is reloaded while its page is visible, from its
  // data-desk-from or from the page itself. The answer decides whether to continue. What is being typed stays.
  let pressed = false;
  addEventListener("pointerdown", () => { pressed = true; }, true);
  ["pointerup", "pointercancel"].forEach((name) => addEventListener(name, () => { pressed = false; }, true));
  // A button that is replaced between press and release never gets its click.
  const busy = (element) => pressed
    || element.contains(document.activeElement) && document.activeElement.matches("input, textarea, select")
    || element.querySelector("details.desk-choice[open]");

  // Every load of a page has its own tokens in its forms; a difference in these alone is not a change.
  const content = (element) => element.innerHTML
    .replace(/(name="(?:csrfmiddlewaretoken|form_token)" value=")[^"]*/g, "$1");

  const spoken = (element) => element.querySelector("[data-desk-say]")?.textContent.trim() || "";

  const read = async (element) => {
    const answer = await fetch(element.dataset.deskFrom || location.href, {
      headers: { "X-Desk-Refresh": "1" }, redirect: "manual", credentials: "same-origin",
    });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById(element.id);
    if (!fresh || busy(element) || content(fresh) === content(element)) {
      if (fresh && fresh.dataset.deskRefresh === undefined) delete element.dataset.deskRefresh;
      return;
    }
    const before = spoken(element);
    const folds = [...element.querySelectorAll("details[id][open]")].map((fold) => fold.id);
    element.innerHTML = fresh.innerHTML;
    folds.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
    if (fresh.dataset.deskRefresh === undefined) delete element.dataset.deskRefresh;
    if (spoken(element) !== before) say(spoken(element));
  };

  const watch = (element) => {
    let due = 0;
    const tick = async () => {
      const seconds = Number(element.dataset.deskRefresh);
      if (!seconds || !element.isConnected) return;
      if (!document.hidden && !busy(element) && Date.now() >= due) {
        due = Date.now() + seconds * 1000;
        try { await read(element); } catch { due = Date.now() + seconds * 4000; }
      }
      setTimeout(tick, 1000);
    };
    due = Date.now() + Number(element.dataset.deskRefresh) * 1000;
    setTimeout(tick, 1000);
  };

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-desk-refresh]").forEach(watch);
  });

  // What was said after a click ("Queued for Telnyx.") is over once the state below it moved on. Errors stay.
  const state = (element) => {
    const copy = element.querySelector("[data-desk-say]")?.cloneNode(true);
    copy?.querySelectorAll("time").forEach((time) => time.remove()); // ages move on by themselves
    return copy?.textContent.trim();
  };
  const settle = (element) => {
    let before = state(element);
    new MutationObserver(() => {
      if (state(element) === before) return;
      before = state(element);
      document.querySelectorAll("[data-desk-said=info], [data-desk-said=success]").forEach((line) => line.remove());
    }).observe(element, { childList: true });
  };
  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-desk-refresh]:not(#desk-banner)").forEach(settle);
  });
})();
