// Single keys, listed on the sheet that "?" opens. Off while somebody types or a dialog is open, and for whoever switched
// them off in this browser.
(() => {
  const TYPED_IN = "input, textarea, select, [contenteditable]";
  const ROWS = "#content table.result-list tbody tr, #content table.log-table tbody tr, #content .desk-rows > li";
  const PAUSE = 1500;
  const NEXT = ["j", "n"];
  const BEFORE = ["k", "p"];

  document.addEventListener("DOMContentLoaded", () => {
    const sheet = document.getElementById("desk-keys");
    if (!sheet) return;
    const places = { h: sheet.dataset.home, w: sheet.dataset.waiting };
    const name = `desk-keys:${document.getElementById("desk-typed")?.dataset.user || ""}`;
    const box = sheet.querySelector("#keys-on");
    box.checked = localStorage.getItem(name) !== "off";
    box.addEventListener("change", () => {
      if (box.checked) localStorage.removeItem(name);
      else localStorage.setItem(name, "off");
    });
    document.querySelectorAll("[data-desk-keys]").forEach((button) => {
      button.hidden = false;
      button.addEventListener("click", () => sheet.showModal());
    });

    const search = () => {
      const field = document.querySelector("#content #searchbar") || document.getElementById("searchbar");
      if (!field || !field.offsetParent) {
        document.dispatchEvent(new CustomEvent("desk:quick"));
        return;
      }
      field.focus();
      field.select();
    };
    const move = (step) => {
      const links = [...document.querySelectorAll(ROWS)].map((row) => row.querySelector("a[href]")).filter((link) => link?.offsetParent);
      const place = links.findIndex((link) => link.closest(ROWS).contains(document.activeElement));
      const next = place < 0 ? (step > 0 ? 0 : links.length - 1) : place + step;
      links[next]?.focus();
      return Boolean(links[next]);
    };

    let went = 0;  // when "g" was pressed
    document.addEventListener("keydown", (event) => {
      const is_other = event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented || event.repeat && !NEXT.includes(event.key) && !BEFORE.includes(event.key);
      if (is_other || !box.checked || event.target.closest?.(TYPED_IN) || document.querySelector("dialog[open]")) return;
      const is_second = Date.now() - went < PAUSE;
      went = 0;
      if (is_second && places[event.key]) location.assign(places[event.key]);
      else if (event.key === "g") went = Date.now();
      else if (event.key === "/") search();
      else if (event.key === "?") sheet.showModal();
      else if (!(NEXT.includes(event.key) && move(1)) && !(BEFORE.includes(event.key) && move(-1))) return;
      event.preventDefault();
    });
  });
})();
