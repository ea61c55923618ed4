// The sheet: facts made ready for drawing, the view, and everything that is painted on it.
const day = JSON.parse(document.getElementById("day").textContent);
const ROADS = {
  motorway: ["#f3cf95", 3.2, "#dba95a"], trunk: ["#f5d9a8", 2.9, "#dfb877"], primary: ["#f9e8c4", 2.5, "#dfc998"],
  secondary: ["#ffffff", 2.1, "#c6ced5"], tertiary: ["#ffffff", 1.5, "#ccd4da"], unclassified: ["#d6dce1", .9, null],
  residential: ["#d9dfe4", .8, null], living_street: ["#dde2e6", .7, null], service: ["#e2e6ea", .5, null], ferry: ["#9cc4e4", 1, null],
};
const STATES = {
  waiting: ["#1f6feb", "planned"], onsite: ["#f08c00", "on site"], done: ["#2b8a5a", "done"],
  refused: ["#d9332b", "nobody fits"], remote: ["#8a97a5", "by phone"], cancelled: ["#b4bcc4", "called off"],
};
const KINDS = ["repair", "install", "maintenance", "inspection", "remote"];
const view = { x: 0, y: 0, k: 1, w: 0, h: 0 };
const state = { t: 51900, only: null, job: null, cell: null, hover: null, layers: { routes: true, jobs: true, technicians: true, cells: true, depots: true } };
const canvas = document.getElementById("map"), ink = canvas.getContext("2d");
const jobs = new Map(day.jobs.map(j => [j.id, j]));
const techs = new Map(day.technicians.map(t => [t.id, t]));

day.roads.forEach(r => { r.shape = new Path2D(r.path); r.path = null; });
day.technicians.forEach((t, n) => {
  const hue = (n * 137.508 + 8) % 360;
  t.colour = `hsl(${hue.toFixed(0)} ${58 + n % 3 * 8}% ${hue > 45 && hue < 190 ? 36 + n % 2 * 5 : 44 + n % 3 * 5}%)`;
  t.visits = 0; t.metres = 0; t.seconds = 0;
  for (const route of t.routes) {
    t.metres += route.m; t.seconds += route.s;
    for (const stop of route.stops) {
      let x = 0, y = 0;
      const line = [];
      for (let i = 0; i < stop.line.length; i += 2) { x += stop.line[i]; y += stop.line[i + 1]; line.push([x, y]); }
      stop.points = line;
      stop.reach = [0];
      for (let i = 1; i < line.length; i++) stop.reach.push(stop.reach[i - 1] + Math.hypot(line[i][0] - line[i - 1][0], line[i][1] - line[i - 1][1]));
      if (stop.job && jobs.has(stop.job)) { t.visits++; jobs.get(stop.job).stop = stop; jobs.get(stop.job).tech = t; }
    }
  }
});

function stateOf(job, t) {
  if (job.called > t) return null;
  if (job.cancelled && job.cancelled_at <= t) return "cancelled";
  if (job.outcome === "remote") return "remote";
  if (!job.stop) return job.outcome === "refused" || !job.cancelled ? "refused" : "waiting";
  if (t >= job.stop.t[3]) return "done";
  return t >= job.stop.t[2] ? "onsite" : "waiting";
}
const urgent = job => job.level === "emergency" || job.level === "urgent";
const screen = (x, y) => [(x - view.x) * view.k, (y - view.y) * view.k];
const shownTech = t => !state.only || state.only === t.id;
const shownJob = j => !state.only || (j.tech && j.tech.id === state.only);

function fit() {
  const at = day.jobs.filter(j => j.at && j.outcome !== "refused").map(j => j.at);
  const range = axis => { const v = at.map(p => p[axis]).sort((a, b) => a - b); return [v[Math.floor(v.length * .012)], v[Math.ceil(v.length * .988) - 1]]; };
  const [x0, x1] = range(0), [y0, y1] = range(1), foot = 84;
  view.k = Math.min(view.w / (x1 - x0 + 1500), (view.h - foot) / (y1 - y0 + 1500));
  view.x = (x0 + x1) / 2 - view.w / 2 / view.k;
  view.y = (y0 + y1) / 2 - (view.h - foot) / 2 / view.k;
}
function zoom(by, px = view.w / 2, py = view.h / 2) {
  const k = Math.max(.008, Math.min(1.2, view.k * by));
  view.x += px / view.k - px / k; view.y += py / view.k - py / k; view.k = k;
}

function paint() {
  const dpr = window.devicePixelRatio || 1;
  ink.setTransform(dpr, 0, 0, dpr, 0, 0);
  ink.fillStyle = "#f3f5f5"; ink.fillRect(0, 0, view.w, view.h);
  ink.lineCap = ink.lineJoin = "round";
  paintRoads(dpr);
  if (state.layers.cells) paintCells();
  if (state.layers.routes) paintRoutes();
  if (state.layers.depots) day.depots.forEach(paintDepot);
  if (state.layers.technicians) day.technicians.filter(shownTech).forEach(paintTechnician);
  if (state.layers.jobs) paintJobs();
}
function paintRoads(dpr) {
  ink.save();
  ink.setTransform(dpr * view.k, 0, 0, dpr * view.k, -view.x * view.k * dpr, -view.y * view.k * dpr);
  const grow = Math.max(.62, Math.min(2.6, Math.sqrt(view.k / .04)));
  for (const r of day.roads) {
    const [, width, casing] = ROADS[r.class];
    if (!casing) continue;
    ink.strokeStyle = casing; ink.lineWidth = (width * grow + 1.2) / view.k; ink.stroke(r.shape);
  }
  for (const r of day.roads) {
    const [colour, width] = ROADS[r.class];
    ink.strokeStyle = colour; ink.lineWidth = width * grow / view.k; ink.stroke(r.shape);
  }
  ink.restore();
}
function paintCells() {
  const most = Math.max(...day.cells.map(c => c.jobs));
  for (const c of day.cells) {
    ink.beginPath();
    c.ring.forEach((p, i) => { const [x, y] = screen(p[0], p[1]); i ? ink.lineTo(x, y) : ink.moveTo(x, y); });
    ink.closePath();
    ink.fillStyle = `rgba(38, 84, 164, ${(.035 + .27 * Math.sqrt(c.jobs / most)).toFixed(3)})`; ink.fill();
    ink.strokeStyle = state.cell === c ? "#2654a4" : "rgba(38, 84, 164, .16)"; ink.lineWidth = state.cell === c ? 2 : .7; ink.stroke();
  }
}
function trace(points) {
  ink.beginPath();
  points.forEach((p, i) => { const [x, y] = screen(p[0], p[1]); i ? ink.lineTo(x, y) : ink.moveTo(x, y); });
}
// where a line that is left and reached at given times is at a time: the points driven, the point reached
function driven(stop, t) {
  const [from, to] = stop.t, total = stop.reach[stop.reach.length - 1];
  const want = total * Math.max(0, Math.min(1, (t - from) / Math.max(1, to - from)));
  let i = stop.reach.findIndex(m => m >= want);
  if (i <= 0) return { i: 0, at: stop.points[0] };
  const f = (want - stop.reach[i - 1]) / Math.max(1, stop.reach[i] - stop.reach[i - 1]), a = stop.points[i - 1], b = stop.points[i];
  return { i, at: [a[0] + (b[0] - a[0]) * f, a[1] + (b[1] - a[1]) * f] };
}
function paintRoutes() {
  for (const t of day.technicians) {
    if (!shownTech(t)) continue;
    const alone = state.only === t.id;
    ink.strokeStyle = t.colour;
    for (const route of t.routes) for (const stop of route.stops) {
      if (stop.points.length < 2 || (!alone && stop.t[0] >= 86400)) continue;
      if (state.t >= stop.t[1]) { ink.globalAlpha = alone ? .95 : .62; ink.lineWidth = alone ? 4 : 1.8; trace(stop.points); ink.stroke(); continue; }
      ink.globalAlpha = alone ? .5 : .17; ink.lineWidth = alone ? 2.4 : 1.2; ink.setLineDash(alone ? [6, 5] : []); trace(stop.points); ink.stroke(); ink.setLineDash([]);
      if (state.t > stop.t[0]) { const d = driven(stop, state.t); ink.globalAlpha = .95; ink.lineWidth = alone ? 4 : 2.4; trace(stop.points.slice(0, d.i).concat([d.at])); ink.stroke(); }
    }
    ink.globalAlpha = 1;
  }
}
function where(t) {
  for (const route of t.routes) for (const stop of route.stops) {
    if (!stop.points.length) continue;
    if (state.t < stop.t[0]) return { at: stop.points[0], moving: false };
    if (state.t < stop.t[1]) return { at: driven(stop, state.t).at, moving: true };
    if (state.t < stop.t[3]) return { at: stop.points[stop.points.length - 1], moving: false, busy: Boolean(stop.job) && state.t >= stop.t[2] };
  }
  return { at: t.home, moving: false };
}
const onShift = t => t.shifts.some(s => s[0] <= state.t && state.t < s[1]);
// a ring around the job where the technician is at work, a dot with an eye while driving, a small dot while free
function paintTechnician(t) {
  const w = where(t);
  if (!t.home || (!onShift(t) && state.only !== t.id && !w.moving)) return;
  if (state.only === t.id) paintHome(t);
  const [x, y] = screen(w.at[0], w.at[1]), r = w.busy ? jobSize() + 4.5 : w.moving ? 6.5 : 3.6;
  ink.beginPath(); ink.arc(x, y, r + 1.5, 0, 7); ink.fillStyle = "#fff"; ink.fill();
  ink.beginPath(); ink.arc(x, y, r, 0, 7); ink.fillStyle = t.colour; ink.fill();
  if (w.moving) { ink.beginPath(); ink.arc(x, y, 2.2, 0, 7); ink.fillStyle = "#fff"; ink.fill(); }
}
function paintHome(t) {
  const [x, y] = screen(t.home[0], t.home[1]);
  ink.beginPath(); ink.moveTo(x - 8, y); ink.lineTo(x, y - 8); ink.lineTo(x + 8, y); ink.lineTo(x + 6, y); ink.lineTo(x + 6, y + 7); ink.lineTo(x - 6, y + 7); ink.lineTo(x - 6, y); ink.closePath();
  ink.lineWidth = 3; ink.strokeStyle = "#fff"; ink.stroke(); ink.fillStyle = t.colour; ink.fill();
}
function paintDepot(d) {
  const [x, y] = screen(d.at[0], d.at[1]), s = 11;
  ink.beginPath(); ink.moveTo(x - s, y - 2); ink.lineTo(x, y - s - 1); ink.lineTo(x + s, y - 2); ink.lineTo(x + s, y + s - 2); ink.lineTo(x - s, y + s - 2); ink.closePath();
  ink.fillStyle = "#26323f"; ink.strokeStyle = "#fff"; ink.lineWidth = 2.5; ink.stroke(); ink.fill();
  ink.fillStyle = "#fff"; ink.fillRect(x - 5.5, y + 1, 11, 8); ink.fillStyle = "#26323f"; ink.fillRect(x - 5.5, y + 3.6, 11, 1.4); ink.fillRect(x - 5.5, y + 6.6, 11, 1.4);
  ink.font = "600 11px system-ui, sans-serif"; ink.textAlign = "center"; ink.lineWidth = 3; ink.strokeStyle = "#ffffffd8";
  ink.strokeText(d.name, x, y + 23); ink.fillStyle = "#26323f"; ink.fillText(d.name, x, y + 23);
}
function outline(pen, kind, x, y, r) {
  pen.beginPath();
  if (kind === "install") pen.rect(x - r * .88, y - r * .88, r * 1.76, r * 1.76);
  else if (kind === "maintenance") { pen.moveTo(x, y - r * 1.15); pen.lineTo(x + r * 1.1, y + r * .8); pen.lineTo(x - r * 1.1, y + r * .8); pen.closePath(); }
  else if (kind === "inspection") { pen.moveTo(x, y - r * 1.2); pen.lineTo(x + r * 1.2, y); pen.lineTo(x, y + r * 1.2); pen.lineTo(x - r * 1.2, y); pen.closePath(); }
  else pen.arc(x, y, kind === "remote" ? r * .7 : r, 0, 7);
}
function marker(pen, x, y, kind, what, r, alarm) {
  const colour = STATES[what][0];
  if (alarm) { pen.beginPath(); pen.arc(x, y, r + 4, 0, 7); pen.strokeStyle = "#e8590c"; pen.lineWidth = 1.8; pen.stroke(); }
  outline(pen, kind, x, y, r);
  pen.lineWidth = 3.4; pen.strokeStyle = "#fff"; pen.stroke();
  pen.fillStyle = what === "waiting" ? "#fff" : colour; pen.fill();
  pen.lineWidth = 1.9; pen.strokeStyle = colour; pen.stroke();
  if (what === "refused") { pen.beginPath(); const c = r * .45; pen.moveTo(x - c, y - c); pen.lineTo(x + c, y + c); pen.moveTo(x + c, y - c); pen.lineTo(x - c, y + c); pen.strokeStyle = "#fff"; pen.lineWidth = 1.7; pen.stroke(); }
}
const jobSize = () => Math.max(3.4, Math.min(7.5, 4.4 * Math.sqrt(view.k / .045)));
function paintJobs() {
  const rank = { remote: 0, cancelled: 0, done: 1, waiting: 2, onsite: 3, refused: 4 };
  const shown = day.jobs.map(j => [j, stateOf(j, state.t)]).filter(([j, s]) => s && j.at && shownJob(j)).sort((a, b) => rank[a[1]] - rank[b[1]]);
  const r = jobSize();
  for (const [job, what] of shown) {
    const [x, y] = screen(job.at[0], job.at[1]);
    if (x < -20 || y < -20 || x > view.w + 20 || y > view.h + 20) continue;
    const big = job === state.job || job === state.hover;
    if (job === state.job) { ink.beginPath(); ink.arc(x, y, r + 9, 0, 7); ink.fillStyle = "rgba(31, 111, 235, .22)"; ink.fill(); ink.lineWidth = 2; ink.strokeStyle = "#1f6feb"; ink.stroke(); }
    marker(ink, x, y, job.kind, what, (what === "refused" ? r * 1.3 : r) * (big ? 1.5 : 1), urgent(job) && what !== "done" && what !== "cancelled");
  }
}
