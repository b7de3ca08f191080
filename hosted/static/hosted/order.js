// The page of an order: load it anew when what can be done has changed, unless something is being typed.
(() => {
  const until = () => document.querySelectorAll("[data-until]").forEach((box) => {
    const left = Math.ceil(Number(box.dataset.until) - Date.now() / 1000);
    const words = box.closest("li")?.querySelector("[data-left]");
    if (left > 0) {
      if (words) words.textContent = ` (${left} s)`;
      return;
    }
    box.disabled = false;
    delete box.dataset.until;
    words?.parentElement.remove();
  });
  until();
  setInterval(until, 1000);

  const progress = document.getElementById("progress");
  const mark = () => progress?.querySelector("[data-shape]");
  if (!mark()) return;
  const shape = mark().dataset.shape;
  let typed = false;
  document.addEventListener("input", () => { typed = true; });
  new MutationObserver(() => {
    if (!mark()) return;
    if (mark().dataset.shape === shape) {
      if (mark().dataset.every) progress.dataset.deskRefresh = mark().dataset.every;
    } else if (typed) document.getElementById("news").hidden = false;
    else location.reload();
  }).observe(progress, { childList: true });
})();
