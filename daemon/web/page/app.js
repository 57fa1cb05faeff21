const place = document.getElementById("state");
new EventSource("/api/v1/live").addEventListener("state", (event) => {
  place.textContent = JSON.stringify(JSON.parse(event.data), null, 1);
});
