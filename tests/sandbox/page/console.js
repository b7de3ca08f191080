// Refreshes each part, except one whose form is in use or whose fields were changed.
const changed = field =>
  field.type === "checkbox" ? field.checked !== field.defaultChecked
  : field.tagName === "SELECT" ? [...field.options].some(option => option.selected !== option.defaultSelected)
    && field.selectedIndex > 0
  : field.value !== field.defaultValue;
const busy = part =>
  part.querySelector("form :focus") || [...part.querySelectorAll("input, select, textarea")].some(changed);

async function refresh() {
  if (document.hidden) return;
  const answer = await fetch("/", {cache: "no-store"});
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-live]")) {
    const next = fresh.getElementById(part.id);
    if (!next || busy(part)) continue;
    for (const open of part.querySelectorAll("details[open][id]")) {
      next.querySelector(`[id="${open.id}"]`)?.setAttribute("open", "");
    }
    if (part.innerHTML !== next.innerHTML) part.innerHTML = next.innerHTML;
  }
}
setInterval(() => refresh().catch(() => {}), 2000);
document.addEventListener("submit", event => {
  const question = event.submitter?.dataset.ask;
  if (question && !confirm(question)) event.preventDefault();
});
