// The templates Telnyx lists, asked for and shown without leaving the page. Without scripts the form itself is sent.
const PARTS = ["wa-telnyx-said", "wa-telnyx-list"];
const SECONDS = 2, LONGEST = 40;

// `start(template)` fills in the builder.
export function offer(form, start) {
  const box = document.getElementById("wa-telnyx");
  const [said, list] = PARTS.map((id) => document.getElementById(id));
  let mine = 0;

  const say = (words, ...more) => {
    const line = document.createElement("p");
    line.className = "desk-small";
    line.textContent = words;
    said.replaceChildren(line, ...more);
  };

  // The page with the answer, or null. What was typed goes along, as it does without scripts.
  const post = async (what) => {
    const body = new FormData(form);
    body.set("_telnyx", what);
    try {
      const answer = await fetch(form.action, { method: "POST", body, redirect: "manual", credentials: "same-origin" });
      if (answer.status !== 200) return null;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      return page.getElementById("wa-telnyx") ? page : null;
    } catch {
      return null;
    }
  };

  const ask = async (what) => {
    const number = mine += 1;
    const until = Date.now() + LONGEST * 1000;
    for (let step = what; ; step = "show") {
      const page = await post(step);
      if (number !== mine) return;
      if (!page) return say(box.dataset.failed);
      const waits = page.getElementById(PARTS[0]).dataset.waiting !== undefined;
      if (said.textContent.trim() !== page.getElementById(PARTS[0]).textContent.trim()) {
        said.replaceChildren(...page.getElementById(PARTS[0]).childNodes);
      }
      if (!waits) {
        const isInside = list.contains(document.activeElement);
        list.replaceChildren(...page.getElementById(PARTS[1]).childNodes);
        if (isInside) list.querySelector(":is(input, ul)")?.focus();
        return;
      }
      if (Date.now() > until) return say(box.dataset.late);
      await new Promise((done) => { setTimeout(done, SECONDS * 1000); });
      if (number !== mine) return;
    }
  };

  box.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    event.preventDefault();
    if (button.name === "_telnyx") {
      ask(button.value);
      return;
    }
    mine += 1;
    start(JSON.parse(document.getElementById("wa-telnyx-templates").textContent)[button.value]);
    // What the placeholders stand for is in the words, so these stay.
    const words = button.closest("li").querySelector(".wa-listed-text");
    if (words) say(box.dataset.chosen, words);
    else said.replaceChildren();
    list.replaceChildren();
  });
  // Enter in the search would press the first button of the form.
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.tagName !== "INPUT") return;
    event.preventDefault();
    ask("show");
  });
  if (said.dataset.waiting !== undefined) ask("show");
}
