// The read-only page of a request: reload it when what can be done has changed.
(() => {
  const progress = document.getElementById("progress");
  const mark = () => progress.querySelector("[data-shape]");
  if (!progress || !mark()) return;
  const shape = mark().dataset.shape;
  new MutationObserver(() => {
    if (!mark()) return;
    // A warning stays until it was read.
    if (mark().dataset.shape !== shape && !document.querySelector("[data-desk-said=warning]")) location.reload();
    else if (mark().dataset.every) progress.dataset.deskRefresh = mark().dataset.every;
  }).observe(progress, { childList: true });
})();
