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

  // Paper can't be unfolded. What is only for machines, or is there to be filled in, stays folded.
  let unfolded = [];
  addEventListener("beforeprint", () => {
    unfolded = [...document.querySelectorAll("#content details:not([open])")].filter((fold) => !fold.closest("form") && !fold.querySelector("pre, form, iframe, [name]"));
    for (const fold of unfolded) fold.open = true;
  });
  addEventListener("afterprint", () => {
    for (const fold of unfolded) fold.open = false;
    unfolded = [];
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

  // Every load of a page has its own tokens in its forms, and a countdown ticks; a difference in these alone is not a
  // change.
  const content = (element) => element.innerHTML
    .replace(/(<time[^>]*data-sends[^>]*>)[^<]*/g, "$1")
    .replace(/(name="(?:csrfmiddlewaretoken|form_token)" value=")[^"]*/g, "$1");

  const spoken = (element) => element.querySelector("[data-desk-say]")?.textContent.trim() || "";

  // What is typed in a part moves over to its new version.
  const changedIn = (element) => [...element.querySelectorAll("input, textarea, select")].filter((control) => {
    if (control.type === "hidden") return false;
    if (control.type === "checkbox" || control.type === "radio") return control.checked !== control.defaultChecked;
    if (!control.options) return control.value !== control.defaultValue;
    const plain = [...control.options].findLastIndex((option) => option.defaultSelected);
    return control.selectedIndex !== Math.max(plain, 0);
  });
  const alike = (element, control) => control.id && control.type !== "file"
    ? [...element.querySelectorAll(`[id="${CSS.escape(control.id)}"]`)].find((one) => one.name === control.name && !one.disabled) : null;
  const carry = (control, place) => {
    if (control.type === "checkbox" || control.type === "radio") place.checked = control.checked;
    else place.value = control.value;
  };

  // Typing and clicking in an open page is use of the desk, so the sign-in lasts (config/sessions.py).
  let active = false;
  ["pointerdown", "keydown"].forEach((name) => addEventListener(name, () => { active = true; }, true));

  const read = async (element) => {
    const headers = active ? { "X-Desk-Refresh": "1", "X-Desk-Active": "1" } : { "X-Desk-Refresh": "1" };
    active = false;
    const answer = await fetch(element.dataset.deskFrom || location.href, {
      headers, redirect: "manual", credentials: "same-origin",
    });
    document.dispatchEvent(new CustomEvent("desk:answer", { detail: answer }));
    if (answer.status !== 200) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById(element.id);
    if (!fresh || busy(element) || content(fresh) === content(element)) {
      if (fresh && fresh.dataset.deskRefresh === undefined) delete element.dataset.deskRefresh;
      return;
    }
    const typed = changedIn(element).map((control) => [control, alike(fresh, control)]);
    // What has no place in the new part must stay where it is.
    if (typed.some(([, place]) => !place)) return;
    const before = spoken(element);
    const folds = [...element.querySelectorAll("details[id][open]")].map((fold) => fold.id);
    element.innerHTML = fresh.innerHTML;
    typed.forEach(([control]) => carry(control, alike(element, control)));
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

  // A part that has to be renewed only from now on.
  document.addEventListener("desk:watch", (event) => watch(event.target));

  // An error is where the person looks: its fold is open, the page is scrolled to the first one, and the cursor is in it.
  // A summary of what is missing is no error beside a field.
  const WRONG = ".desk-wrong, .pf-wrong, .ms-error, .hn-error, .errorlist, [data-wrong], [data-level=error], [aria-invalid=true]";
  const openAround = (element) => {
    for (let fold = element.closest("details:not([open])"); fold; fold = fold.parentElement.closest("details:not([open])")) fold.open = true;
  };
  const showErrors = () => {
    const wrong = [...document.querySelectorAll(WRONG)].filter((one) => !one.closest("template, [hidden], [data-desk-summary]") && !one.matches(":empty"));
    wrong.forEach(openAround);
    if (!wrong.length || document.activeElement?.matches("[aria-invalid=true]")) return;
    const row = wrong[0].closest(".desk-row, [data-wrong], [data-field], .hn-wrong, .mc-row, .field-row") || wrong[0].parentElement;
    const field = [wrong[0], ...row.querySelectorAll("input, textarea, select")].find((one) => one.matches("input:not([type=hidden]), textarea, select"));
    field?.focus({ preventScroll: true });
    row.scrollIntoView({ block: "center" });
  };

  // After a jump to a part of the page or to an error, what the desk has to say about it is out of sight above.
  const showMessages = () => {
    const place = document.getElementById("desk-messages");
    const part = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const isOut = () => place.querySelector("[data-desk-said=error]") && place.getBoundingClientRect().bottom < 0;
    if (!place?.querySelector("li") || !(part || isOut())) return;
    place.classList.add("desk-toast");
    place.setAttribute("role", "status");
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "desk-button is-small", textContent: place.dataset.close });
    button.addEventListener("click", () => {
      place.classList.remove("desk-toast");
      button.remove();
    });
    place.append(button);
  };

  // What was said about the click before is where a keyboard and a screen reader go on.
  const startAtMessages = () => {
    const place = document.getElementById("desk-messages");
    if (!place?.querySelector("li") || document.activeElement !== document.body || location.hash) return;
    place.tabIndex = -1;
    place.focus({ preventScroll: true });
  };

  // On a phone a row is a card, and each cell has its column's heading as its label. Unfold calls the first cell
  // "Select record", even if it is none, and writes labels in lower case.
  const nameCells = (table) => {
    const words = (head) => document.createTreeWalker(head, NodeFilter.SHOW_TEXT, (node) =>
      node.data.trim() ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_SKIP).nextNode()?.data.trim();
    const first = table.tHead?.rows[0]?.cells[0];
    [...table.tBodies].flatMap((body) => [...body.rows]).forEach((row) => {
      [...row.children].forEach((cell, place) => {
        const isNamed = place || cell.matches(".action-checkbox") || !first;
        const label = isNamed ? cell.dataset.label : words(first);
        if (label) cell.dataset.label = label[0].toUpperCase() + label.slice(1);
      });
    });
  };

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("table.result-list").forEach(nameCells);
    document.querySelectorAll("[data-desk-refresh]").forEach(watch);
    // unfold hides the page until its own scripts have run; nothing can take the cursor before.
    setTimeout(() => {
      showErrors();
      showMessages();
      startAtMessages();
    }, 100);
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
      // An empty list would stay as a gap.
      const place = document.getElementById("desk-messages");
      if (!place || place.querySelector("li")) return;
      place.classList.remove("desk-toast");
      place.replaceChildren();
    }).observe(element, { childList: true });
  };
  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-desk-refresh]:not(#desk-banner)").forEach(settle);
  });
})();
