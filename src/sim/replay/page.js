// The replay: a map a shown policy, one clock for all of them. Times are seconds since the first day's midnight.
(() => {
  const film = JSON.parse(document.getElementById("film").textContent);
  const $ = id => document.getElementById(id);
  const WIDE = { motorway: 3, trunk: 2.8, primary: 2.4, secondary: 2, tertiary: 1.4 };
  const roads = film.roads.map(([kind, path]) => [WIDE[kind] || .7, new Path2D(path)]);
  const HUES = film.homes.map((_, n) => `hsl(${Math.round(n * 137.508 % 360)} 60% 40%)`);
  for (const { day } of film.days) {
    day.crew = film.homes.map(([name, home]) => ({ name, home, ways: [], stays: [], shifts: [] }));
    for (const [who, job, depart, arrive, cut, steps] of day.ways) {
      let x = 0, y = 0;
      const line = [], reach = [0];
      for (let i = 0; i < steps.length; i += 2) {
        x += steps[i]; y += steps[i + 1];
        if (line.length) reach.push(reach[reach.length - 1] + Math.hypot(steps[i], steps[i + 1]));
        line.push([x, y]);
      }
      day.crew[who].ways.push({ job, depart, arrive, end: cut || arrive, line, reach });
    }
    for (const [who, job, from, until] of day.stays) day.crew[who].stays.push({ job, from, until });
    for (const [who, all] of day.shifts) day.crew[who].shifts = all;
  }
  const view = { x: 0, y: 0, k: 1 };
  const state = { t: film.span[0] + 4 * 3600, playing: false, colour: "load" };
  const maps = [];

  // a job at a time: null before its call
  function stateOf(job, became, t) {
    const [, called, off] = film.jobs[job];
    const [by, begun, done] = became;
    if (t < called) return null;
    if (done && t >= done) return begun && by && begun > by ? "late" : "done";
    if (off && t >= off && !begun) return "off";
    if (begun && t >= begun) return by && begun > by ? "late" : "work";
    return by && t > by ? "overdue" : "waits";
  }
  // how far somebody has got
  function where(person, t) {
    let at = person.home, moving = null;
    for (const way of person.ways) {
      if (way.depart > t) break;
      if (t < way.end || way.end < way.arrive) moving = way;
      at = along(way, Math.min(t, way.end));
      if (t >= way.end) moving = null;
    }
    const stay = person.stays.find(s => s.from <= t && t < s.until);
    return { at, moving, stay };
  }
  function along(way, t) {
    const { line, reach } = way, total = reach[reach.length - 1];
    const want = total * Math.max(0, Math.min(1, (t - way.depart) / Math.max(1, way.arrive - way.depart)));
    let i = 1;
    while (i < reach.length && reach[i] < want) i++;
    if (i >= reach.length) return line[line.length - 1];
    const f = (want - reach[i - 1]) / Math.max(1, reach[i] - reach[i - 1]), a = line[i - 1], b = line[i];
    return [a[0] + (b[0] - a[0]) * f, a[1] + (b[1] - a[1]) * f];
  }

  function paint(map) {
    const { canvas, ink, day } = map, dpr = window.devicePixelRatio || 1;
    const w = canvas.clientWidth, h = canvas.clientHeight;
    if (canvas.width !== Math.round(w * dpr) || canvas.height !== Math.round(h * dpr)) {
      canvas.width = Math.round(w * dpr); canvas.height = Math.round(h * dpr);
    }
    const t = state.t, spot = ([x, y]) => [(x - view.x) * view.k + w / 2, (y - view.y) * view.k + h / 2];
    ink.setTransform(dpr, 0, 0, dpr, 0, 0);
    ink.fillStyle = "#f3f5f5"; ink.fillRect(0, 0, w, h);
    ink.setTransform(dpr * view.k, 0, 0, dpr * view.k, dpr * (w / 2 - view.x * view.k), dpr * (h / 2 - view.y * view.k));
    ink.strokeStyle = "#ccd3d9";
    for (const [wide, path] of roads) { ink.lineWidth = wide / view.k; ink.stroke(path); }
    ink.setTransform(dpr, 0, 0, dpr, 0, 0);
    const is = day.jobs.map((became, n) => stateOf(n, became, t));
    for (const [ring, inside] of film.cells) {
      const open = inside.filter(n => is[n] === "waits" || is[n] === "overdue").length;
      const bad = inside.filter(n => is[n] === "overdue" || is[n] === "late").length;
      const seen = inside.filter(n => is[n] && is[n] !== "off").length;
      const much = state.colour === "load" ? Math.min(1, open / 6) : seen ? bad / seen : 0;
      if (!much) continue;
      ink.beginPath();
      ring.forEach((p, i) => ink[i ? "lineTo" : "moveTo"](...spot(p)));
      ink.closePath();
      ink.fillStyle = state.colour === "load" ? `rgba(38,84,164,${.06 + .4 * much})` : `rgba(200,40,30,${.06 + .45 * much})`;
      ink.fill();
    }
    for (const d of film.depots) { const [x, y] = spot(d); ink.fillStyle = "#26323f"; ink.fillRect(x - 5, y - 5, 10, 10); }
    const COLOUR = { waits: "#1f6feb", overdue: "#d9332b", work: "#f08c00", late: "#b35c56", done: "#8fbfa3", off: "#c4cad0" };
    for (const key of ["off", "done", "late", "waits", "work", "overdue"]) {
      ink.fillStyle = COLOUR[key];
      is.forEach((what, n) => {
        if (what !== key) return;
        const [x, y] = spot(film.jobs[n][0]), r = key === "done" || key === "off" || key === "late" ? 2.4 : 4.2;
        ink.beginPath(); ink.arc(x, y, r, 0, 7); ink.fill();
        if (film.jobs[n][3] === "emergency" && r > 4) { ink.lineWidth = 1.4; ink.strokeStyle = "#1d2733"; ink.stroke(); }
      });
    }
    let driving = 0, working = 0, free = 0;
    day.crew.forEach((person, n) => {
      if (!person.shifts.some(([from, until]) => from <= t && t < until)) return;
      const { at, moving, stay } = where(person, t), [x, y] = spot(at);
      if (moving) driving++; else if (stay) working++; else free++;
      if (moving) {
        ink.strokeStyle = HUES[n]; ink.lineWidth = 1.6; ink.globalAlpha = .6;
        ink.beginPath(); moving.line.forEach((p, i) => ink[i ? "lineTo" : "moveTo"](...spot(p))); ink.stroke(); ink.globalAlpha = 1;
      }
      ink.beginPath(); ink.moveTo(x, y - 7); ink.lineTo(x + 6, y + 5); ink.lineTo(x - 6, y + 5); ink.closePath();
      ink.fillStyle = HUES[n]; ink.globalAlpha = moving || stay ? 1 : .45; ink.fill(); ink.globalAlpha = 1;
      ink.lineWidth = 1.2; ink.strokeStyle = "#fff"; ink.stroke();
    });
    const many = what => is.filter(s => what.includes(s)).length;
    map.said.textContent = `${map.name}: ${many(["waits", "overdue"])} wait, ${many(["overdue"])} of them overdue; ` +
      `${many(["work"])} being done, ${many(["done", "late"])} done, ${many(["late"])} late; ` +
      `${driving} drive, ${working} work or rest, ${free} free`;
  }
  function clock(t) {
    const day = Math.floor(t / 86400), two = n => String(n).padStart(2, "0");
    return `${two(Math.floor(t / 3600) % 24)}:${two(Math.floor(t / 60) % 60)}${day ? ` +${day}d` : ""}`;
  }
  function draw() {
    maps.forEach(paint);
    $("clock").textContent = clock(state.t);
    $("scrub").value = state.t;
  }
  function show() {
    maps.length = 0;
    $("maps").textContent = "";
    for (const at of [$("left").value, $("right").value]) {
      if (at === "") continue;
      const figure = document.createElement("figure"), canvas = document.createElement("canvas"), said = document.createElement("figcaption");
      figure.append(canvas, said); $("maps").append(figure);
      const { policy, day } = film.days[at];
      maps.push({ name: policy, day, canvas, ink: canvas.getContext("2d"), said });
      let grip = null;
      canvas.onpointerdown = e => { grip = [e.clientX, e.clientY]; canvas.setPointerCapture(e.pointerId); };
      canvas.onpointerup = () => { grip = null; };
      canvas.onpointermove = e => {
        if (!grip) return;
        view.x -= (e.clientX - grip[0]) / view.k; view.y -= (e.clientY - grip[1]) / view.k; grip = [e.clientX, e.clientY]; draw();
      };
      canvas.addEventListener("wheel", e => { e.preventDefault(); view.k = Math.max(.004, Math.min(1.5, view.k * (e.deltaY < 0 ? 1.25 : .8))); draw(); }, { passive: false });
    }
    fit(); draw();
  }
  function fit() {
    const axis = n => { const v = film.jobs.map(j => j[0][n]).sort((a, b) => a - b), i = Math.floor(v.length * .01); return [v[i], v[v.length - 1 - i]]; };
    if (!film.jobs.length || !maps.length) return;
    const [x0, x1] = axis(0), [y0, y1] = axis(1), c = maps[0].canvas;
    view.x = (x0 + x1) / 2; view.y = (y0 + y1) / 2;
    view.k = Math.min(c.clientWidth / (x1 - x0 + 1500), c.clientHeight / (y1 - y0 + 1500));
  }
  let before = 0;
  function tick(now) {
    if (!state.playing) return;
    state.t = Math.min(film.span[1], state.t + Math.min(100, now - before) / 1000 * Number($("speed").value));
    before = now;
    if (state.t >= film.span[1]) play(false);
    draw();
    requestAnimationFrame(tick);
  }
  function play(on) {
    state.playing = on; $("play").textContent = on ? "Pause" : "Play";
    if (on) { if (state.t >= film.span[1]) state.t = film.span[0]; before = performance.now(); requestAnimationFrame(tick); }
  }
  film.days.forEach(({ policy }, n) => { $("left").append(new Option(policy, n)); $("right").append(new Option(policy, n)); });
  $("left").value = 0; $("right").value = film.days.length > 1 ? film.days.length - 1 : "";
  $("scrub").min = film.span[0]; $("scrub").max = film.span[1];
  $("scrub").oninput = () => { state.t = Number($("scrub").value); draw(); };
  $("play").onclick = () => play(!state.playing);
  $("left").onchange = $("right").onchange = show;
  $("colour").onchange = () => { state.colour = $("colour").value; draw(); };
  window.addEventListener("resize", draw);
  document.addEventListener("keydown", e => { if (e.key === " " && e.target === document.body) { e.preventDefault(); play(!state.playing); } });
  // a moment, and whether to play, may be named behind #: #13:30, #13:30,play
  const named = location.hash.match(/^#(\d+):(\d+)(,play)?/);
  if (named) state.t = named[1] * 3600 + named[2] * 60;
  show();
  if (named && named[3]) play(true);
})();
