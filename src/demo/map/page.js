// The page: time, mouse, size. Opens at a moment in the hash (#14:25), with a technician or job (#14:25/t012).
let waiting = false, playing = null;
function redraw() { if (!waiting) { waiting = true; requestAnimationFrame(() => { waiting = false; paint(); scaleBar(); }); } }
function scaleBar() {
  const want = 110 / view.k, step = [1, 2, 5].flatMap(n => [10, 100, 1000, 10000].map(p => n * p)).sort((a, b) => a - b).filter(m => m <= want).pop() || 10;
  $("scale").querySelector("i").style.width = `${step * view.k}px`;
  $("scale").querySelector("span").textContent = step >= 1000 ? `${step / 1000} km` : `${step} m`;
}
function setTime(t) {
  state.t = t; $("slider").value = t; $("clock").textContent = t >= 86400 ? "24:00" : hhmm(t);
  const count = {};
  for (const j of day.jobs) { const s = stateOf(j, t); if (s) count[s] = (count[s] || 0) + 1; }
  const moving = day.technicians.filter(x => where(x).moving).length;
  $("now").innerHTML = `${count.done || 0} done · ${count.onsite || 0} on site<br>${count.waiting || 0} planned · ${moving} driving`;
  redraw();
}
function size() {
  const dpr = window.devicePixelRatio || 1, box = canvas.getBoundingClientRect(), first = !view.w;
  view.w = box.width; view.h = box.height; canvas.width = view.w * dpr; canvas.height = view.h * dpr;
  if (first) fit();
  histogram(); redraw();
}
function histogram() {
  const c = $("calls"), dpr = window.devicePixelRatio || 1, box = c.getBoundingClientRect();
  c.width = box.width * dpr; c.height = box.height * dpr;
  const pen = c.getContext("2d"), from = 21600, to = 86400, step = 900, bins = [];
  pen.scale(dpr, dpr);
  for (const j of day.jobs) if (j.called >= from && j.called < to) { const b = Math.floor((j.called - from) / step); bins[b] = bins[b] || [0, 0]; bins[b][urgent(j) ? 1 : 0]++; }
  const most = Math.max(1, ...bins.filter(Boolean).map(b => b[0] + b[1])), n = (to - from) / step, w = box.width / n, high = 26;
  for (let b = 0; b < n; b++) {
    if (!bins[b]) continue;
    const calm = bins[b][0] / most * high, hot = bins[b][1] / most * high;
    pen.fillStyle = "#c4d4ea"; pen.fillRect(b * w + .5, high + 2 - calm, w - 1, calm);
    pen.fillStyle = "#f2a65a"; pen.fillRect(b * w + .5, high + 2 - calm - hot, w - 1, hot);
  }
  pen.fillStyle = "#66727f"; pen.font = "9px system-ui, sans-serif"; pen.textAlign = "center";
  for (let h = 8; h < 24; h += 2) pen.fillText(`${h}`, (h * 3600 - from) / step * w, 9);
}
function near(px, py) {
  let best = null, least = 12;
  if (state.layers.jobs) for (const j of day.jobs) {
    if (!j.at || !shownJob(j) || !stateOf(j, state.t)) continue;
    const [x, y] = screen(j.at[0], j.at[1]), d = Math.hypot(x - px, y - py);
    if (d < least) { least = d; best = { job: j }; }
  }
  if (state.layers.technicians) for (const t of day.technicians) {
    if (!t.home || !shownTech(t) || !onShift(t)) continue;
    const at = where(t).at, [x, y] = screen(at[0], at[1]), d = Math.hypot(x - px, y - py) + 1;
    if (d < least) { least = d; best = { tech: t }; }
  }
  return best;
}
function cellAt(px, py) {
  const x = px / view.k + view.x, y = py / view.k + view.y;
  const inside = ring => ring.reduce((odd, a, i) => { const b = ring[(i + 1) % ring.length]; return (a[1] > y) !== (b[1] > y) && x < (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]) + a[0] ? !odd : odd; }, false);
  return day.cells.find(c => inside(c.ring));
}
function hover(px, py) {
  const found = near(px, py), tip = $("tip");
  state.hover = found && found.job || null;
  canvas.classList.toggle("over", Boolean(found));
  tip.hidden = !found;
  if (found && found.job) { const j = found.job; tip.innerHTML = `<b>${safe(j.about)}</b><small>${safe(j.id)} · ${safe(j.level)} · called ${hhmm(j.called)}${j.tech ? ` · ${safe(j.tech.name)} ${hhmm(j.stop.t[1])}` : ""}</small>`; }
  if (found && found.tech) { const t = found.tech; tip.innerHTML = `<b>${safe(t.name)}</b><small>${safe(t.id)} · ${t.visits} visits</small>`; }
  tip.style.left = `${Math.min(px + 14, view.w - 280)}px`; tip.style.top = `${py + 14}px`;
  redraw();
}
let drag = null;
canvas.addEventListener("pointerdown", e => { drag = { x: e.offsetX, y: e.offsetY, moved: false }; canvas.setPointerCapture(e.pointerId); });
canvas.addEventListener("pointermove", e => {
  if (!drag) return hover(e.offsetX, e.offsetY);
  const dx = e.offsetX - drag.x, dy = e.offsetY - drag.y;
  if (!drag.moved && Math.hypot(dx, dy) < 4) return;
  drag.moved = true; canvas.classList.add("drag");
  view.x -= dx / view.k; view.y -= dy / view.k; drag.x = e.offsetX; drag.y = e.offsetY; redraw();
});
canvas.addEventListener("pointerup", e => {
  const click = drag && !drag.moved; drag = null; canvas.classList.remove("drag");
  if (!click) return;
  const found = near(e.offsetX, e.offsetY), cell = state.layers.cells && cellAt(e.offsetX, e.offsetY);
  if (found && found.job) openJob(found.job);
  else if (found) choose(found.tech.id);
  else if (cell) cellCard(cell);
  else { state.job = state.cell = null; $("card").hidden = true; redraw(); }
});
canvas.addEventListener("pointerleave", () => { $("tip").hidden = true; state.hover = null; redraw(); });
canvas.addEventListener("wheel", e => { e.preventDefault(); zoom(Math.exp(-e.deltaY * .0016), e.offsetX, e.offsetY); redraw(); }, { passive: false });
$("in").onclick = () => { zoom(1.5); redraw(); };
$("out").onclick = () => { zoom(1 / 1.5); redraw(); };
$("fit").onclick = () => { fit(); redraw(); };
$("slider").oninput = e => setTime(Number(e.target.value));
$("find").oninput = crew;
$("everyone").onclick = () => choose(null);
$("play").onclick = () => {
  if (playing) { cancelAnimationFrame(playing); playing = null; $("play").innerHTML = "&#9654;"; return; }
  $("play").innerHTML = "&#10073;&#10073;";
  if (state.t >= 86400) setTime(21600);
  let last = performance.now();
  const tick = now => {
    setTime(Math.min(86400, state.t + (now - last) * .6)); last = now;
    if (state.t >= 86400) { playing = null; $("play").innerHTML = "&#9654;"; } else playing = requestAnimationFrame(tick);
  };
  playing = requestAnimationFrame(tick);
};
addEventListener("resize", size);
addEventListener("keydown", e => { if (e.key === "Escape") choose(null); });

$("city").textContent = day.city; $("date").textContent = `${day.date}, ${day.zone}`; $("attribution").textContent = day.attribution.replace("(c)", "©");
tiles(); legend(); size(); setTime(state.t); crew();
const [moment, subject] = location.hash.slice(1).split("/");
if (/^\d\d:\d\d$/.test(moment)) setTime(Number(moment.slice(0, 2)) * 3600 + Number(moment.slice(3)) * 60);
if (techs.has(subject)) choose(subject); else if (jobs.has(subject)) openJob(jobs.get(subject));
