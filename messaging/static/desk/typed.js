// Nothing typed is lost. What is typed into a form is kept in this tab until the server says that it is saved, and comes
// back when its page opens again: after a sign-in, a refusal elsewhere, or another button of the page. A page that starts
// something new offers what was left there, so that two customers' data never mix. A copy in the browser outlives the tab:
// once the tab is gone, the page offers it in any other. Never kept: passwords, codes (data-desk-secret) and files. Erased
// on sign-out, and when somebody else signs in.
(() => {
  const PREFIX = "desk-typed:";
  const TAB = "desk-tab";
  // Since the page was last used. As long as a sign-in: who can read the copies then could use the desk itself.
  const KEPT_HOURS = 12;
  const MOST_OFFERS = 3;
  // What a form was opened with, and the ID that makes sending it twice one act, come back with the text.
  const WITH_TEXT = "[data-desk-opened], [name=version], [name=draft_id], [name=message_id], [name=new_id], [name=again_of]";
  const SKIPPED = ["hidden", "password", "file", "submit", "button", "image", "reset"];
  let words = null;
  let user = "";
  let here = location.pathname + location.search;
  let carried = [];
  let stopped = false;  // after a sign-out, or while somebody else is signed in
  let dropping = null;  // the form that is left without saving
  const first = new WeakMap();  // the values the page came with, by control
  const ids = new WeakMap();  // the id of what is kept of a form
  const sent = new WeakSet();  // the forms sent from this page
  const saved = new WeakSet();  // the forms whose text is saved, until somebody types again

  // The stores. Each entry belongs to one tab, and so does its id: tabs never overwrite each other's. The tab has the entry
  // of each of its forms. The browser has a copy of it under its id, and what was left: entries that no form has.

  const newId = () => [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const shelf = (id) => PREFIX + id;
  const entries = () => [sessionStorage, localStorage].flatMap((store) => Object.keys(store).filter((key) => key.startsWith(PREFIX)).flatMap((key) => {
    try { return [{ store, key, entry: JSON.parse(store.getItem(key)) }]; } catch { return []; }
  }));
  const own = () => entries().filter(({ store, key, entry }) => store === sessionStorage && key !== shelf(entry.id));
  const erase = (wanted) => entries().filter(({ entry }) => wanted(entry)).forEach(({ store, key }) => store.removeItem(key));
  const write = (store, key, entry) => {
    try { store.setItem(key, JSON.stringify(entry)); } catch { /* the store is full: the other one may not be */ }
  };
  const change = (id, changes) => entries().filter(({ entry }) => entry.id === id).forEach(({ store, key, entry }) => write(store, key, { ...entry, ...changes }));
  const keepEntry = (key, entry) => {
    if (entry.said && !entry.search) write(localStorage, shelf(entry.id), entry);
    else localStorage.removeItem(shelf(entry.id));
    write(sessionStorage, key, { ...entry, copied: localStorage.getItem(shelf(entry.id)) !== null });
  };
  const find = (key) => JSON.parse(sessionStorage.getItem(key));
  // What a form had is from now on only offered.
  const putAside = (key) => {
    const entry = find(key);
    sessionStorage.removeItem(key);
    if (entry && localStorage.getItem(shelf(entry.id)) === null) write(sessionStorage, shelf(entry.id), entry);
  };

  // A tab holds a lock for as long as one of its pages is open. Its name is in its store only from one page to the next,
  // so a duplicated tab, which starts with a copy of the store, gets a name of its own.
  const tab = sessionStorage.getItem(TAB) || newId();
  sessionStorage.removeItem(TAB);
  navigator.locks?.request(PREFIX + tab, () => new Promise(() => {}));
  addEventListener("pagehide", () => sessionStorage.setItem(TAB, tab));
  addEventListener("pageshow", () => sessionStorage.removeItem(TAB));
  // Where the browser can't say so, every tab counts as open.
  const openTabs = async () => {
    const locks = await navigator.locks?.query();
    return (name) => !locks || locks.held.some((lock) => lock.name === PREFIX + name);
  };

  // Forms and their controls.

  const isPost = (form) => form.getAttribute("method")?.toLowerCase() === "post";
  // The ticks of a list are not typed: after the action they would come back beside rows nobody chose again.
  const isKept = (form) => isPost(form) && form.dataset.deskTyped !== "no"
    && !form.matches("[data-ticks], #changelist-form, #logout-form, #login-form");
  // What is searched for is kept only if the search itself met the end of the sign-in.
  const isSearch = (form) => form.matches("[role=search]");
  const isSecret = (control) => control.type === "password" || control.matches("[data-desk-secret], [data-desk-secret] *");
  const isTyped = (control) => control.name && !isSecret(control) && control.matches("input, textarea, select")
    && (!SKIPPED.includes(control.type) || control.matches(WITH_TEXT));
  const controls = (form) => [...form.elements].filter(isTyped);
  const forms = () => [...document.forms].filter(isKept);
  // Two forms of a page often go to one address: the first field they show tells them apart. A page that is about
  // something else each time says what its form is about.
  const identity = (form) => form.getAttribute("id") || `${form.getAttribute("action") || ""} ${[...form.elements].find((one) => one.id && one.type !== "hidden")?.id || ""} ${form.dataset.deskAbout || ""}`;
  const keyOf = (form) => `${PREFIX}${user} ${here} ${identity(form)}`;
  // The address of a page about a record names the record.
  const startsNew = (form) => form.dataset.deskAbout === undefined && !/\/(\d+|[0-9a-f]{8}-[0-9a-f-]{27})\//.test(here);
  const isComingBack = () => ["reload", "back_forward"].includes(performance.getEntriesByType("navigation")[0]?.type);

  const value = (control) => {
    if (control.type === "checkbox" || control.type === "radio") return control.checked ? control.value : null;
    if (control.multiple && control.options) return [...control.selectedOptions].map((option) => option.value);
    return control.value;
  };
  const original = (control) => {
    if (control.type === "checkbox" || control.type === "radio") return control.defaultChecked ? control.value : null;
    if (!control.options) return control.defaultValue;
    const chosen = [...control.options].filter((option) => option.defaultSelected).map((option) => option.value);
    return control.multiple ? chosen : chosen.at(-1) ?? control.options[0]?.value ?? "";
  };
  const isChanged = (control) => JSON.stringify(value(control)) !== JSON.stringify(first.has(control) ? first.get(control) : original(control));

  const keep = (form) => {
    if (stopped || !user || !isKept(form) || saved.has(form)) return;
    const all = controls(form);
    const file = [...form.elements].some((control) => control.type === "file" && control.files.length);
    const secret = [...form.elements].some((control) => control.name && control.value && isSecret(control));
    // A form that was sent and shown again came with what was typed.
    const isAgain = carried.includes(ids.get(form));
    const text = all.some((control) => control.type !== "hidden" && (isAgain ? value(control) : isChanged(control)));
    if (!isAgain && !file && !secret && !text) {
      if (ids.has(form)) erase((entry) => entry.id === ids.get(form));
      ids.delete(form);
      return;
    }
    const names = new Set(all.filter((control) => isAgain || isChanged(control) || control.type === "hidden").map((control) => control.name));
    const fields = {};
    for (const control of all) {
      if (names.has(control.name)) (fields[control.name] ??= []).push(value(control));
    }
    if (!ids.has(form)) ids.set(form, newId());
    const said = all.filter((control) => control.matches("textarea, input:not([type=checkbox], [type=radio], [type=hidden])") && (isAgain || isChanged(control)))
      .map((control) => control.value.trim()).reduce((a, b) => (b.length > a.length ? b : a), "");
    const before = find(keyOf(form));
    const typed = JSON.stringify(before?.fields) === JSON.stringify(fields) ? before.typed : Date.now();
    keepEntry(keyOf(form), { id: ids.get(form), tab, user, page: here, form: keyOf(form), at: Date.now(), typed, fields, said, text, file, secret, search: isSearch(form), sent: sent.has(form) });
  };
  const keepAll = () => forms().filter((form) => form !== dropping && !isSearch(form)).forEach(keep);

  const put = (control, kept) => {
    if (control.type === "checkbox" || control.type === "radio") control.checked = kept !== null;
    else if (control.multiple && control.options) [...control.options].forEach((option) => { option.selected = kept.includes(option.value); });
    else control.value = kept;
  };
  const putBack = (form, valueOf) => {
    const touched = controls(form).filter((control) => {
      const kept = valueOf(control);
      if (kept === undefined || JSON.stringify(kept) === JSON.stringify(value(control))) return false;
      put(control, kept);
      return true;
    });
    for (const control of touched) {
      for (let fold = control.closest("details:not([open])"); fold; fold = fold.parentElement.closest("details:not([open])")) fold.open = true;
      control.dispatchEvent(new Event("input", { bubbles: true }));
      control.dispatchEvent(new Event("change", { bubbles: true }));
    }
    return touched;
  };
  const empty = (form) => putBack(form, (control) => (first.has(control) ? first.get(control) : original(control)));
  const restore = (form, entry) => {
    const left = structuredClone(entry.fields);
    // A choice is told by its value, anything else with the same name by its position.
    return putBack(form, (control) => {
      if (!(control.name in left)) return undefined;
      if (control.type === "checkbox" || control.type === "radio") return left[control.name].includes(control.value) ? control.value : null;
      return left[control.name].shift();
    });
  };

  // What the page says.

  const line = (tag, text, name = "") => Object.assign(document.createElement(tag), { textContent: text, className: name });
  const note = (id, role, ...parts) => {
    document.getElementById(id)?.remove();
    const box = line("div", "", "desk-note");
    box.id = id;
    box.dataset.tone = "us";
    box.setAttribute("role", role);
    box.append(...parts);
    return box;
  };

  const button = (text, act) => {
    const made = line("button", text, "desk-button is-small");
    made.type = "button";
    made.addEventListener("click", act);
    return made;
  };
  const show = (box) => (document.getElementById("content-main") || document.getElementById("content"))?.prepend(box);

  const sayRestored = (restored) => {
    const box = note("desk-typed-back", "status", line("p", ""));
    const add = (...parts) => parts.forEach((text, number) => {
      if (number) box.firstChild.append(" ");
      box.firstChild.append(text);
    });
    const isDoubtful = restored.some(({ entry }) => entry.sent);
    const also = ["file", "secret"].filter((name) => restored.some(({ entry }) => entry[name])).map((name) => words.dataset[name]);
    add(line("strong", isDoubtful ? words.dataset.doubt : restored.some(({ touched }) => touched.length) ? words.dataset.back : words.dataset.unsent), ...also);
    // Where nothing is back, nothing can be discarded.
    if (restored.some(({ touched }) => touched.length)) {
      box.append(button(words.dataset.discard, () => {
        restored.forEach(({ form }) => {
          empty(form);
          keep(form);
        });
        box.replaceChildren(line("p", words.dataset.discarded));
      }));
    }
    show(box);
  };

  const saidOf = (entry) => {
    const lines = entry.said.split("\n");
    const begin = lines[0].length > 60 ? `${lines[0].slice(0, 60)}…` : lines[0];
    const more = lines.length > 1 ? ` ${words.dataset.lines.replace("%n", lines.length)}` : "";
    return begin ? `“${begin}”${more}` : "";
  };

  const sayLeft = (form, left) => {
    const at = new Date(left.typed).toLocaleString(document.documentElement.lang || undefined, { dateStyle: "medium", timeStyle: "short" });
    const box = note(`desk-left-${left.id}`, "status", line("p", ""));
    box.firstChild.append(line("strong", (left.tab === tab ? words.dataset.left : words.dataset.elsewhere).replace("%s", at)), ` ${saidOf(left)}`);
    box.append(
      button(words.dataset.bring, async () => {
        box.remove();
        // What was typed meanwhile is offered next time.
        keep(form);
        putAside(keyOf(form));
        ids.delete(form);
        empty(form);
        sayRestored([{ form, entry: left, touched: restore(form, left) }]);
        const isOpen = await openTabs();
        if (left.tab === tab || !isOpen(left.tab)) erase((entry) => entry.id === left.id);
        keep(form);
      }),
      " ",
      button(words.dataset.discardLeft, () => {
        erase((entry) => entry.id === left.id);
        box.replaceChildren(line("p", words.dataset.discarded));
      }),
    );
    show(box);
  };
  // Another tab brought it back, saved it or discarded it.
  addEventListener("storage", ({ key }) => key?.startsWith(PREFIX) && document.getElementById(`desk-left-${key.slice(PREFIX.length)}`)?.remove());

  // What was left here: in this tab, or in tabs that are gone. Text in an open tab is not lost.
  const offer = async (empties) => {
    const isOpen = await openTabs();
    const had = own().map(({ entry }) => entry.id);
    const lost = entries().map(({ entry }) => entry).filter((entry) => !had.includes(entry.id) && (entry.tab === tab || !isOpen(entry.tab)));
    for (const form of empties) {
      lost.filter((entry) => entry.form === keyOf(form)).sort((a, b) => a.typed - b.typed).slice(-MOST_OFFERS).forEach((entry) => sayLeft(form, entry));
    }
  };

  const sayEnded = (isOther) => {
    if (document.getElementById("desk-ended")?.dataset.other === String(isOther)) return;
    const link = line("a", isOther ? words.dataset.reopen : words.dataset.again, "desk-button is-main");
    link.href = isOther ? location.pathname : words.dataset.signIn;
    if (!isOther) link.target = "_blank";
    const text = line("p", "");
    text.append(line("strong", isOther ? words.dataset.other : words.dataset.ended), " ", isOther ? words.dataset.otherStays : words.dataset.stays);
    const box = note("desk-ended", "alert", text, link);
    box.dataset.other = String(isOther);
    document.body.append(box);
  };

  const sayAlive = () => {
    const box = document.getElementById("desk-ended");
    if (!box || box.dataset.alive) return;
    box.dataset.alive = "1";
    box.dataset.tone = "good";
    box.replaceChildren(line("p", words.dataset.alive), button(words.dataset.close, () => box.remove()));
  };

  // Whether the sign-in still lasts: desk.js hands over each answer it gets for the banner.
  document.addEventListener("desk:answer", ({ detail: answer }) => {
    const now = answer.headers.get("X-Desk-User");
    if (now === null || !words) return;
    eraseSaved();
    if (now !== user) {
      if (now) stopped = true;
      sayEnded(now !== "");
      return;
    }
    stopped = false;
    const token = answer.headers.get("X-Desk-Token");
    document.querySelectorAll("input[name=csrfmiddlewaretoken]").forEach((field) => { field.value = token; });
    sayAlive();
  });

  // Sign-out erases, in all tabs, and they keep nothing while somebody else is signed in.
  const channel = new BroadcastChannel("desk");
  const signedOut = () => {
    stopped = true;
    erase(() => true);
  };
  channel.addEventListener("message", ({ data: now }) => {
    if (!now) signedOut();
    else if (now !== user) stopped = true;
    if (words && now !== user) sayEnded(now !== "");
  });

  // The server named what is saved, and what it refused, in cookies; those of other tabs stay for them.
  const eraseSaved = () => {
    for (const [, id, isSaved] of document.cookie.matchAll(/desk_saved_([0-9a-f]{16})=([01])/g)) {
      const isHere = own().some(({ entry }) => entry.id === id);
      if (isSaved === "1") erase((entry) => entry.id === id);
      else change(id, { sent: false });
      if (!isHere) continue;
      // The page that sent it may still be here, and may not keep it again.
      if (isSaved === "1") {
        forms().filter((form) => ids.get(form) === id).forEach((form) => {
          saved.add(form);
          ids.delete(form);
        });
      }
      document.cookie = `desk_saved_${id}=; path=/; max-age=0; samesite=lax`;
    }
  };

  // What the form carries to the server.
  const hidden = (form, name, text) => {
    form.querySelector(`:scope > input[name=${name}]`)?.remove();
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name, value: text });
    form.append(field);
  };
  addEventListener("submit", (event) => {
    const form = event.target;
    if (form.id === "logout-form") {
      signedOut();
      channel.postMessage("");
    }
    if (event.defaultPrevented || !isPost(form) || !words) return;
    sent.add(form);
    keepAll();
    keep(form);
    const open = forms().filter((one) => one !== form).map((one) => ids.get(one));
    const own = ids.get(form);
    hidden(form, "desk_typed", [...new Set([...carried.filter((id) => !open.includes(id)), ...(own ? [own] : [])])].join(" "));
    hidden(form, "desk_page", here);
  });

  // "Close without saving" means what it says.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-desk-drop]");
    if (!link) return;
    dropping = document.getElementById(link.dataset.deskDrop) || link.closest("form");
    erase((entry) => entry.id === ids.get(dropping) || carried.includes(entry.id));
  });

  let soon = 0;
  const later = (event) => {
    if (event.type === "input") {
      dropping = null;
      if (event.target.form) saved.delete(event.target.form);
    }
    clearTimeout(soon);
    if (dropping) return;
    soon = setTimeout(keepAll, 200);
  };
  const leave = () => {
    clearTimeout(soon);
    keepAll();
  };

  const start = async () => {
    words = document.getElementById("desk-typed");
    erase((entry) => Date.now() - entry.at > KEPT_HOURS * 3600e3);
    const waiting = document.querySelector("[data-desk-kept]");
    if (waiting) {
      const kept = own().map(({ entry }) => entry);
      const isSaid = { text: kept.some((entry) => entry.text), gone: kept.some((entry) => entry.file || entry.secret) };
      waiting.querySelectorAll("[data-desk-if]").forEach((part) => { part.hidden = !isSaid[part.dataset.deskIf]; });
      waiting.hidden = !isSaid.text && !isSaid.gone;
      // This page is the answer to what was sent: nothing was done with it, and it comes back on its page.
      kept.forEach((entry) => change(entry.id, { sent: false, lost: entry.lost || entry.page === waiting.dataset.deskKept }));
    }
    if (!words) return;
    user = words.dataset.user;
    erase((entry) => entry.user !== user);
    channel.postMessage(user);
    eraseSaved();
    // What lost its copy was saved or discarded in another tab, which was offered it while this one was closed.
    own().filter(({ entry }) => entry.copied && localStorage.getItem(shelf(entry.id)) === null).forEach(({ key }) => sessionStorage.removeItem(key));
    // This tab is a duplicate, whose text stays with the open tab it was typed in, or it is back after a crash.
    const inherited = own().filter(({ entry }) => entry.tab !== tab);
    if (inherited.length && navigator.locks) {
      const isOpen = await openTabs();
      for (const { key, entry } of inherited) {
        if (isOpen(entry.tab)) sessionStorage.removeItem(key);
        else change(entry.id, { tab });
      }
    }
    const posted = "posted" in words.dataset;
    carried = (words.dataset.carried || "").match(/[0-9a-f]{16}/g) || [];
    // The answer to a form often has another address than the page with the form, and only that can be opened again.
    here = words.dataset.page || here;
    forms().forEach((form) => controls(form).forEach((control) => first.set(control, value(control))));
    const restored = [];
    for (const form of forms()) {
      const entry = find(keyOf(form));
      if (!entry) continue;
      if (startsNew(form) && !isSearch(form) && !posted && entry.text && !entry.lost && !entry.sent && !isComingBack()) {
        putAside(keyOf(form));
        continue;
      }
      ids.set(form, entry.id);
      if (carried.includes(entry.id)) {
        keep(form);
        continue;
      }
      const touched = restore(form, entry);
      // Said once: nothing of it can come back.
      if (!entry.text) sessionStorage.removeItem(keyOf(form));
      if (!isSearch(form) && (touched.length || entry.file || entry.secret)) restored.push({ form, entry, touched });
    }
    if (restored.length) sayRestored(restored);
    offer(posted ? [] : forms().filter((form) => !ids.has(form)));
    ["input", "change", "click"].forEach((name) => document.addEventListener(name, later));
    document.addEventListener("visibilitychange", leave);
    addEventListener("pagehide", leave);
  };
  // After the scripts of the page's own forms.
  document.addEventListener("DOMContentLoaded", () => setTimeout(start, 0));
})();
