// A conversation opens at its message, and older ones are added above without losing one's place.
(() => {
  const thread = () => document.getElementById("log-thread");

  document.addEventListener("DOMContentLoaded", () => {
    const at = location.hash.slice(1) || thread()?.dataset.logAt;
    const last = document.querySelector(".log-thread section:last-child .log-bubble:last-child");
    (document.getElementById(at) || last)?.scrollIntoView({ block: "center" });
  });

  document.addEventListener("click", async (event) => {
    const link = event.target.closest("[data-log-older]");
    if (!link) return;
    event.preventDefault();
    try {
      const answer = await fetch(link.href, { credentials: "same-origin", redirect: "manual" });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const older = page.getElementById("log-thread");
      const top = thread().getBoundingClientRect().height;
      // Two parts of the same day become one.
      const first = thread().querySelector("section");
      const last = older.querySelector("section:last-child");
      if (first && last && first.getAttribute("aria-label") === last.getAttribute("aria-label")) {
        first.querySelector("ol").prepend(...last.querySelector("ol").children);
        last.remove();
      }
      thread().prepend(...older.querySelectorAll(":scope > section"));
      document.getElementById("log-older").replaceWith(page.getElementById("log-older"));
      scrollBy(0, thread().getBoundingClientRect().height - top);
    } catch {
      location.href = link.href;
    }
  });
})();
