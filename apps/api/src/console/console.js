"use strict";
// Live progress. The server sends what to show in an element with `data-events`, and says when the job has
// ended. Then the page shows the result, unless the user is typing into it.
for (const live of document.querySelectorAll("[data-events]")) {
  const events = new EventSource(live.dataset.events);
  events.addEventListener("update", (event) => {
    live.innerHTML = event.data;
  });
  events.addEventListener("end", () => {
    events.close();
    const typing = document.activeElement && document.activeElement.matches("input, select");
    if (!typing) location.reload();
  });
}
