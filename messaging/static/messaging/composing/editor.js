// Rich content in a form: the builder, its JSON both ways, and the choice of what to send. Without scripts, JSON still works.

export class Editor {
  // `makeBuilder(place, content, options)`, `kindOf(content)` and `tidy(content)` belong to one kind of message;
  // `show(content)` draws it after each change.
  constructor(form, prefix, { makeBuilder, kindOf, tidy, show }) {
    Object.assign(this, { form, kindOf, tidy, show });
    this.raw = form.elements.namedItem("content");
    this.fold = document.getElementById(`${prefix}-raw`);
    this.wrong = document.getElementById(`${prefix}-raw-wrong`);
    this.place = document.getElementById(`${prefix}-builder`);
    this.kinds = document.getElementById(`${prefix}-kinds`);
    const config = JSON.parse(document.getElementById("mc-config").textContent);
    const first = this.parsed(this.raw.value);
    this.lastGood = first.wrong ? null : this.raw.value;
    const changed = () => {
      this.write();
      this.show(this.builder.content);
    };
    this.builder = makeBuilder(this.place, first.content ?? {}, { ...config, prefix, changed });
    this.raw.addEventListener("input", () => this.typed());
    this.wrong.querySelector("button").addEventListener("click", () => {
      this.raw.value = this.lastGood;
      this.waits("");
      this.raw.focus();
    });
    this.kinds.addEventListener("change", (event) => this.builder.kind(event.target.value));
    // From the list of what is wrong to its field.
    document.addEventListener("click", (event) => {
      const link = event.target.closest("a[data-pointer]");
      if (!link) return;
      event.preventDefault();
      this.builder.show(link.dataset.pointer);
    });
    this.guard();
    this.kinds.hidden = false;
    this.place.hidden = false;
    document.getElementById(`${prefix}-raw-title`).hidden = true;
    this.fold.open = Boolean(first.wrong);
    if (first.wrong) this.waits(first.wrong);
    else {
      // What is wrong inside the message is said beside its fields: the JSON itself is fine.
      this.raw.removeAttribute("aria-invalid");
      this.write();
    }
    this.pick();
  }

  parsed(text) {
    if (!text.trim()) return { content: {} };
    try {
      const content = JSON.parse(text);
      if (content && typeof content === "object" && !Array.isArray(content)) return { content };
      return { wrong: this.fold.dataset.noObject };
    } catch (error) {
      const at = /line (\d+) column (\d+)/.exec(error.message);
      const words = this.fold.dataset;
      return { wrong: at ? words.noJsonAt.replace("%l", at[1]).replace("%c", at[2]) : words.noJson };
    }
  }

  write() {
    this.raw.value = JSON.stringify(this.tidy(this.builder.content), null, 2);
    this.lastGood = this.raw.value;
  }

  typed() {
    const found = this.parsed(this.raw.value);
    this.waits(found.wrong ?? "");
    if (found.wrong) return;
    this.lastGood = this.raw.value;
    this.replace(found.content);
  }

  // Switch to other content, and leave what was typed as JSON as it is.
  replace(content) {
    this.builder.replace(content);
    this.pick();
    this.show(this.builder.content);
  }

  waits(words) {
    for (const part of [this.place, this.kinds]) {
      part.inert = Boolean(words);
      part.classList.toggle("is-waiting", Boolean(words));
    }
    this.wrong.querySelector("p").textContent = words;
    this.wrong.hidden = !words;
    this.wrong.querySelector("button").hidden = this.lastGood === null;
    if (words) this.raw.setAttribute("aria-invalid", "true");
    else this.raw.removeAttribute("aria-invalid");
  }

  pick() {
    const radio = this.kinds.querySelector(`[value="${this.kindOf(this.builder.content)}"]`);
    if (radio) radio.checked = true;
  }

  // Ask before leaving the page with unsent text.
  guard() {
    let isTouched = false;
    this.form.addEventListener("input", () => { isTouched = true; });
    this.place.addEventListener("click", (event) => {
      isTouched ||= Boolean(event.target.closest("[data-do]:not([data-do=fold])"));
    });
    this.form.addEventListener("submit", () => { isTouched = false; });
    addEventListener("beforeunload", (event) => { if (isTouched) event.preventDefault(); });
  }

  // Start where something is wrong, otherwise in `field`, or in the message.
  focus(field) {
    const wrong = this.form.querySelector('[aria-invalid="true"]');
    if (wrong && this.place.contains(wrong)) this.builder.show(wrong.dataset.pointer);
    else (wrong || field || this.place.querySelector("input, textarea"))?.focus();
  }
}
