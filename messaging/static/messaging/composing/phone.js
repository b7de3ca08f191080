// The phone preview beside a message, with its switches: light or dark, and for RCS with or without it.
import { words } from "./draw.js";

export class Phone {
  // `draw(screen, shown, words)` draws one kind of message.
  constructor(section, draw) {
    Object.assign(this, { section, draw });
    this.screen = section.querySelector("[data-screen]");
    this.words = words("mc-words");
    this.shown = { content: {} };
    this.isPlain = false;
    section.querySelector("[data-switches]").hidden = false;
    section.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-switch]");
      if (!button) return;
      this[button.dataset.switch](button.dataset.value === "1");
    });
    this.dark(document.documentElement.classList.contains("dark"));
  }

  press(name, isOn) {
    for (const button of this.section.querySelectorAll(`[data-switch=${name}]`)) {
      button.setAttribute("aria-pressed", String((button.dataset.value === "1") === isOn));
    }
  }

  dark(isDark) {
    this.screen.classList.toggle("is-dark", isDark);
    this.press("dark", isDark);
  }

  plain(isPlain) {
    this.isPlain = isPlain;
    this.press("plain", isPlain);
    this.show(this.shown);
  }

  show(shown) {
    this.shown = shown;
    this.draw(this.screen, { ...shown, isPlain: this.isPlain }, this.words);
  }
}

// A page that only shows a message embeds it as data; the page for writing one calls show() itself.
export const shownMessages = (draw) => {
  for (const section of document.querySelectorAll("[data-phone][data-message]")) {
    const phone = new Phone(section, draw);
    phone.show(JSON.parse(document.getElementById(section.dataset.message).textContent));
    if (section.dataset.plain !== undefined) phone.plain(true);
  }
};
