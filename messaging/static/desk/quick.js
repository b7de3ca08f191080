// One box to go anywhere: Ctrl-K or Command-K, or the button on top of each page. What is typed is posted, so it is in no
// address. Without an answer, Enter still searches on a page of its own.
(() => {
  const WAIT = 200;
  const MOVES = { ArrowDown: 1, ArrowUp: -1 };

  const start = (box) => {
    const field = box.querySelector("[role=combobox]");
    const list = box.querySelector("[role=listbox]");
    const said = box.querySelector("[data-said]");
    const form = field.form;
    let timer = 0;
    let asked = null;
    let shown = null;  // what the list is about

    const options = () => [...list.querySelectorAll("[role=option]")];
    const chosen = () => list.querySelector("[aria-selected=true]");
    const choose = (option) => {
      chosen()?.setAttribute("aria-selected", "false");
      field.removeAttribute("aria-activedescendant");
      if (!option) return;
      option.setAttribute("aria-selected", "true");
      field.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    };
    const say = (words) => {
      said.textContent = words;
    };
    const fail = () => {
      const line = document.createElement("p");
      line.setAttribute("role", "presentation");
      line.textContent = box.dataset.failed;
      list.replaceChildren(line);
      field.setAttribute("aria-expanded", "false");
      say(box.dataset.failed);
    };

    const ask = async () => {
      asked?.abort();
      const mine = asked = new AbortController();
      const typed = field.value;
      const body = new URLSearchParams({ q: typed, csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value });
      try {
        const answer = await fetch(box.dataset.from, { method: "POST", body, signal: mine.signal, redirect: "manual", credentials: "same-origin" });
        const page = answer.status === 200 ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
        const found = page?.getElementById("quick-answer");
        if (mine.signal.aborted) return;
        if (!found) {
          fail();
          return;
        }
        list.replaceChildren(...found.childNodes);
        shown = typed;
        field.setAttribute("aria-expanded", String(options().length > 0));
        say(found.dataset.words);
        choose(typed.trim() ? options()[0] : null);
      } catch (error) {
        if (!mine.signal.aborted) fail();
      }
    };

    const open = () => {
      if (box.open) {
        box.close();
        return;
      }
      document.querySelectorAll("dialog[open]").forEach((other) => other.close());
      box.showModal();
      field.focus();
      field.select();
      if (shown !== field.value) ask();
    };

    field.addEventListener("input", () => {
      // What is in the list is about something else now.
      choose(null);
      asked?.abort();
      say(box.dataset.searching);
      clearTimeout(timer);
      timer = setTimeout(ask, WAIT);
    });
    field.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      const move = MOVES[event.key];
      if (move && options().length) {
        event.preventDefault();
        const all = options();
        const place = all.indexOf(chosen());
        choose(all[place < 0 ? (move > 0 ? 0 : all.length - 1) : (place + move + all.length) % all.length]);
      }
      if (event.key === "Enter" && chosen()) {
        event.preventDefault();
        if (event.ctrlKey || event.metaKey) open_apart(chosen().href);
        else location.assign(chosen().href);
      }
    });
    const open_apart = (url) => window.open(url, "_blank", "noopener");
    form.addEventListener("submit", (event) => {
      if (!field.value.trim()) event.preventDefault();
    });
    document.addEventListener("keydown", (event) => {
      const is_ours = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k";
      if (!is_ours || event.isComposing) return;
      event.preventDefault();
      open();
    });
    document.querySelectorAll("[data-desk-quick]").forEach((button) => {
      button.hidden = false;
      button.addEventListener("click", open);
    });
    // Otherwise the hidden field has the cursor for a moment, and the next key counts as typed in it.
    box.addEventListener("close", () => field.blur());
    document.addEventListener("desk:quick", open);
  };

  document.addEventListener("click", (event) => {
    event.target.closest("[data-desk-close]")?.closest("dialog").close();
  });
  document.addEventListener("DOMContentLoaded", () => {
    const box = document.getElementById("desk-quick");
    if (box) start(box);
  });
})();
