// Ages tick: "2 minutes ago" stays true on a page that stays open. Counted by the server's clock; its words are in the
// footer. Without this script a page shows the age of its load, with the exact time as a title.
document.addEventListener("DOMContentLoaded", () => {
  const words = document.getElementById("desk-ages")?.dataset;
  if (!words) return;
  const ahead = Date.parse(words.now) - Date.now();
  const units = [[1, words.seconds], [60, words.minutes], [3600, words.hours], [86400, words.days]];
  const turns = [60, 3600, 2 * 86400, Infinity];

  const length = (seconds) => {
    const [size, forms] = units[turns.findIndex((end) => seconds < end)];
    const n = Math.floor(seconds / size);
    const [one, many] = forms.split("|");
    return (n === 1 ? one : many).replace("%n", n);
  };

  const tick = () => {
    const now = Date.now() + ahead;
    document.querySelectorAll("time[data-ticks]").forEach((age) => {
      const seconds = Math.trunc((Date.parse(age.dateTime) - now) / 1000);
      const [next, past] = words[age.dataset.ticks].split("|");
      const said = (seconds > 0 ? next : past).replace("%s", length(Math.abs(seconds)));
      if (age.textContent !== said) age.textContent = said;
      const mark = age.nextElementSibling;
      if (mark?.matches("[data-until-due]")) mark.hidden = seconds <= 0;
    });
  };

  // What can be taken back until it is sent says how many seconds are left.
  const count = () => {
    document.querySelectorAll("time[data-sends]").forEach((time) => {
      const seconds = Math.ceil((Date.parse(time.dateTime) - Date.now() - ahead) / 1000);
      const [left, due] = time.dataset.sends.split("|");
      time.textContent = seconds > 0 ? left.replace("%n", seconds) : due;
    });
  };
  count();
  setInterval(count, 500);

  setInterval(() => { if (!document.hidden) tick(); }, 30000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) tick(); });
});
