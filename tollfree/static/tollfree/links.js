// "Check addresses again" stays on its page, so that nothing typed there is lost. Without this script the form is sent.
(() => {
  const form = document.getElementById("check-links");
  if (!form) return;

  // The parts that show what is found are renewed from now on, until nothing is left to open.
  const follow = async () => {
    const answer = await fetch(form.dataset.from, { redirect: "manual", credentials: "same-origin" });
    if (answer.status !== 200) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    page.querySelectorAll("[id][data-desk-refresh]").forEach((fresh) => {
      const part = document.getElementById(fresh.id);
      if (!part || part.dataset.deskRefresh) return;
      part.dataset.deskFrom = fresh.dataset.deskFrom;
      part.dataset.deskRefresh = fresh.dataset.deskRefresh;
      part.dispatchEvent(new CustomEvent("desk:watch", { bubbles: true }));
    });
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const place = document.querySelector("[data-links-said]");
    try {
      const answer = await fetch(form.action, {
        method: "POST", body: new FormData(form), headers: { "X-Desk-Quiet": "1" }, redirect: "manual",
      });
      place.textContent = answer.status === 200 ? await answer.text() : form.dataset.failed;
      if (answer.status === 200) await follow();
    } catch {
      place.textContent = form.dataset.failed;
    }
  });
})();
