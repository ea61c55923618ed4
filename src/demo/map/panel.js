// The panel: figures, legend, technicians, and the card of what was clicked.
const $ = id => document.getElementById(id);
const safe = text => String(text ?? "").replace(/[&<>"]/g, c => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);
function hhmm(s) {
  if (s === null || s === undefined) return "";
  const shift = Math.floor(s / 86400), m = Math.floor((s - shift * 86400) / 60);
  const text = `${String(Math.floor(m / 60)).padStart(2, "0")}:${String(m % 60).padStart(2, "0")}`;
  return shift < 0 ? `yesterday ${text}` : shift > 0 ? `tomorrow ${text}` : text;
}
const span = w => `${hhmm(w[0])}–${hhmm(w[1])}`;
const minutes = millis => (millis / 60000).toFixed(1);
const paid = millis => Math.abs(millis) < 36e6 ? `${minutes(millis)} min` : `${(millis / 36e5).toFixed(0)} h`;
const TERMS = { travel: "#4c8df5", lateness: "#d9432f", overtime: "#e8890c", waiting: "#a7b4c2", "parts detour": "#8a5cd1", "promise change": "#c2255c", scarcity: "#b08900", response: "#12a5a0", risk: "#e06c9f" };

function tiles() {
  const f = day.figures;
  const all = [
    [f.assigned, "assigned", `/${f.jobs}`], [`${Math.round(f.within_30_min * 100)}`, "within 30 min", "%"], [f.refused, "refused", ""],
    [f.travel_km_per_job.toFixed(1), "travel per job", " km"], [f.travel_min_per_job.toFixed(1), "travel per job", " min"], [f.decision_ms_p50 < 10 ? f.decision_ms_p50.toFixed(1) : f.decision_ms_p50.toFixed(0), "decision p50", " ms"],
  ];
  $("tiles").innerHTML = all.map(([n, word, unit]) => `<div><b>${n}<small>${unit}</small></b><span>${word}</span></div>`).join("");
}
function swatch(paintIt) {
  const c = document.createElement("canvas"), dpr = window.devicePixelRatio || 1;
  c.width = c.height = 16 * dpr; const pen = c.getContext("2d"); pen.scale(dpr, dpr); paintIt(pen); return c;
}
function legend() {
  const add = (list, paintIt, word) => { const li = document.createElement("li"); li.append(swatch(paintIt), word); $(list).append(li); };
  for (const [what, [, word]] of Object.entries(STATES)) add("states", pen => marker(pen, 8, 8, what === "remote" ? "remote" : "repair", what, 4.6, false), word);
  for (const kind of KINDS.slice(0, 4)) add("kinds", pen => { outline(pen, kind, 8, 8, 4.6); pen.fillStyle = "#fff"; pen.fill(); pen.lineWidth = 1.8; pen.strokeStyle = "#46525e"; pen.stroke(); }, kind);
  add("kinds", pen => { pen.beginPath(); pen.arc(8, 8, 6.4, 0, 7); pen.strokeStyle = "#e8590c"; pen.lineWidth = 1.8; pen.stroke(); }, "urgent");
  add("kinds", pen => { pen.fillStyle = "#26323f"; pen.beginPath(); pen.moveTo(1, 7); pen.lineTo(8, 1); pen.lineTo(15, 7); pen.lineTo(15, 15); pen.lineTo(1, 15); pen.fill(); }, "depot");
  for (const layer of Object.keys(state.layers)) {
    const label = document.createElement("label"), box = document.createElement("input");
    box.type = "checkbox"; box.checked = true;
    box.onchange = () => { state.layers[layer] = box.checked; redraw(); };
    label.append(box, layer === "cells" ? "jobs per cell" : layer); $("layers").append(label);
  }
}
function crew() {
  const find = $("find").value.trim().toLowerCase();
  const text = t => `${t.id} ${t.name} ${t.holds.map(h => h[0]).join(" ")}`.toLowerCase();
  const shown = day.technicians.filter(t => text(t).includes(find)).sort((a, b) => b.visits - a.visits || (a.id < b.id ? -1 : 1));
  $("technicians").replaceChildren(...shown.map(t => {
    const li = document.createElement("li");
    li.className = state.only === t.id ? "on" : "";
    li.innerHTML = `<i style="background:${t.colour}"></i><span>${safe(t.name)}<em>${t.id}</em></span><small>${t.visits} · ${(t.metres / 1000).toFixed(0)} km</small>`;
    li.onclick = () => choose(state.only === t.id ? null : t.id);
    return li;
  }));
  $("everyone").hidden = !state.only;
}
function choose(id) {
  state.only = id; state.job = null; state.cell = null;
  if (id) technicianCard(techs.get(id)); else $("card").hidden = true;
  crew(); redraw();
}
function card(html) {
  $("card").innerHTML = `<button class="close" type="button" aria-label="Close">&times;</button>${html}`;
  $("card").hidden = false;
  $("card").querySelector(".close").onclick = () => { state.job = state.cell = null; $("card").hidden = true; redraw(); };
  $("card").querySelectorAll("[data-tech]").forEach(a => { a.onclick = () => choose(a.dataset.tech); });
  $("card").querySelectorAll("[data-job]").forEach(a => { a.onclick = () => openJob(jobs.get(a.dataset.job)); });
}
const who = id => techs.has(id) ? `<a data-tech="${safe(id)}">${safe(techs.get(id).name)}</a> <span class="soft">${safe(id)}</span>` : safe(id);
function candidate(c, most, first) {
  const positive = c.terms.filter(t => t[1] > 0);
  const bar = positive.map(t => `<i style="width:${(t[1] / most * 100).toFixed(1)}%;background:${TERMS[t[0]] || "#999"}" title="${safe(t[0])} ${minutes(t[1])}"></i>`).join("");
  const via = c.depot ? ` · parts via ${safe(c.depot)}` : "";
  return `<div class="cost"><span>${first ? "<b>" : ""}${who(c.tech)}${first ? "</b>" : ""}</span><span>${paid(c.total)}</span></div><div class="bar">${bar}</div><p class="soft">there ${hhmm(c.eta[0])}, 9 of 10 by ${hhmm(c.eta[1])} · ${c.km.toFixed(1)} km more${via}</p>`;
}
function openJob(job) {
  if (!job) return;
  state.job = job; state.cell = null;
  const what = stateOf(job, state.t) || "waiting", [colour, word] = STATES[what];
  let html = `<h3>${safe(job.about)}</h3><p class="soft">${safe(job.id)} · called ${hhmm(job.called)}</p><span class="badge" style="background:${colour}22;color:${colour}">${word}</span><span class="badge">${safe(job.kind)}</span><span class="badge">${safe(job.level)}</span>`;
  const rows = [];
  if (job.promised) rows.push(["Window", span(job.promised)]);
  if (job.access.length) rows.push(["Access", job.access.map(span).join(", ")]);
  if (job.stop) rows.push(["Planned", `${hhmm(job.stop.t[1])}, work ${hhmm(job.stop.t[2])}–${hhmm(job.stop.t[3])}`]);
  if (job.needs.length) rows.push(["Takes", safe(job.needs.join(", "))]);
  if (job.parts.length) rows.push(["Parts", safe(job.parts.join(", "))]);
  if (job.gap !== null && job.gap !== undefined) rows.push(["Road", `${job.gap} m away`]);
  html += `<table>${rows.map(r => `<tr><td>${r[0]}</td><td>${r[1]}</td></tr>`).join("")}</table>`;
  if (job.chosen) {
    const all = [job.chosen, ...job.next], sums = all.map(c => c.terms.reduce((s, t) => s + Math.max(0, t[1]), 0)), most = Math.max(1, Math.min(Math.max(...sums), sums[0] * 5));
    const kinds = [...new Set(all.flatMap(c => c.terms.map(t => t[0])))];
    html += `<h4>Who, and what it costs in paid time</h4>${all.map((c, i) => candidate(c, most, i === 0)).join("")}<p class="key">${kinds.map(k => `<i style="background:${TERMS[k] || "#999"}"></i>${safe(k)}`).join("")}</p>`;
  }
  if (job.outcome === "refused") {
    html += `<h4>Why nobody fits</h4>${job.why.map(r => `<p class="miss"><b>${safe(r.rule)}</b>, ${r.n} technician${r.n === 1 ? "" : "s"}<br>closest ${who(r.who)}: ${safe(r.missed)}</p>`).join("")}`;
    html += `<h4>It would fit</h4>${job.help.length ? job.help.map(h => `<p class="help">${safe(h)}</p>`).join("") : "<p class=\"soft\">no single change was found</p>"}`;
  } else if (job.considered) html += `<p class="soft">${job.certified} of ${job.considered} technicians hold the certificates</p>`;
  card(html); show(job.at); redraw();
}
// moves the sheet where the place would lie outside, or under the card
function show(at) {
  if (!at) return;
  const [x, y] = screen(at[0], at[1]);
  if (x < 30 || x > view.w - 360 || y < 30 || y > view.h - 110) { view.x = at[0] - (view.w - 340) / 2 / view.k; view.y = at[1] - view.h / 2 / view.k; }
}
function technicianCard(t) {
  const holds = t.holds.map(h => `<span class="badge">${safe(h[0])} ${h[1]}${h[2] !== null && h[2] < 200000 ? `, until ${hhmm(h[2])}` : ""}</span>`).join("");
  const stop = s => [hhmm(s.t[1]), s.job ? `<a data-job="${safe(s.job)}">${safe((jobs.get(s.job) || {}).about || s.job)}</a>` : s.depot ? `parts at ${safe(s.depot)}` : s.home ? "home" : "break"];
  const rows = t.routes.flatMap(r => r.stops).map(stop);
  card(`<h3>${safe(t.name)}</h3><p class="soft">${safe(t.id)} · shift ${span(t.shifts[0])}</p>${holds}<h4>${t.visits} visits, ${(t.metres / 1000).toFixed(1)} km, ${Math.round(t.seconds / 60)} min of travel</h4><table>${rows.map(r => `<tr><td>${r[0]}</td><td>${r[1]}</td></tr>`).join("")}</table>`);
}
function cellCard(cell) {
  state.cell = cell; state.job = null;
  const here = day.jobs.filter(j => j.cell === cell.id && j.called <= state.t);
  card(`<h3>Cell ${safe(cell.id)}</h3><p class="soft">${cell.jobs} jobs, ${cell.urgent} of them urgent</p><table>${here.map(j => `<tr><td>${hhmm(j.called)}</td><td><a data-job="${safe(j.id)}">${safe(j.about)}</a></td></tr>`).join("")}</table>`);
  redraw();
}
