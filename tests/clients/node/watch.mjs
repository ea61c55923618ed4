// Streams of the service held by a client that is not written in Rust.
//
//     NODE_PATH=.../node_modules node watch.mjs BINARY
//
// Starts BINARY on a free port, sets a region up, and holds every stream of the contract while jobs come in: drops
// it and goes on with its token, over a restart and a kill, and checks that every record came once and in order.
// Ends with a line `N passed, N failed`; the exit code is not 0 where a check failed.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const grpc = require("@grpc/grpc-js");
const loader = require("@grpc/proto-loader");

const MORNING = 1_795_507_200; // Tuesday 24 November 2026, 08:00 UTC
const REGION = "regions/milan";
const HERE = path.dirname(fileURLToPath(import.meta.url));
const PROTO = path.resolve(HERE, "../../../proto");
const PATIENCE = 15_000;

const files = ["region", "catalog", "fleet", "dispatch", "watch", "notification"].map((f) => `callout/v1/${f}.proto`);
const contract = grpc.loadPackageDefinition(
  loader.loadSync(files, { includeDirs: [PROTO], keepCase: true, longs: Number, enums: String, defaults: true, oneofs: true }),
).callout.v1;

const tally = { passed: 0, failed: 0 };

function check(what, good, seen = "") {
  tally[good ? "passed" : "failed"] += 1;
  if (!good) console.log(`FAILED ${what}: ${typeof seen === "string" ? seen : JSON.stringify(seen)}`);
}

function equal(what, seen, expected) {
  const [a, b] = [JSON.stringify(seen), JSON.stringify(expected)];
  check(what, a === b, `${a} is not ${b}`);
}

// the server

class Server {
  constructor(binary, work) {
    this.binary = binary;
    this.config = path.join(work, "callout.toml");
    const lines = ['listen = "127.0.0.1:0"', 'data_dir = "data"', 'clock = "controlled"', `clock_start = ${MORNING}`];
    lines.push("[limits]", "bookmark_seconds = 1", "slow_seconds = 1");
    writeFileSync(this.config, lines.join("\n") + "\n");
  }

  async start() {
    this.child = spawn(this.binary, ["--json", "serve", "--config", this.config], { stdio: ["ignore", "pipe", "inherit"] });
    this.ended = new Promise((resolve) => this.child.once("exit", (code, signal) => resolve(signal ?? code)));
    const line = await new Promise((resolve, reject) => {
      let text = "";
      this.child.stdout.on("data", (bytes) => {
        text += bytes;
        if (text.includes("\n")) resolve(text.split("\n")[0]);
      });
      this.ended.then((how) => reject(new Error(`the server ended (${how}) before it listened`)));
    });
    const address = JSON.parse(line).listening;
    const stub = (name, options = {}) => new contract[name](address, grpc.credentials.createInsecure(), options);
    this.stubs = Object.fromEntries(
      ["RegionService", "CatalogService", "FleetService", "DispatchService", "WatchService", "NotificationService"].map(
        (name) => [name, stub(name)],
      ),
    );
    // a connection of its own with small windows, for a reader that takes nothing
    this.narrow = stub("WatchService", { "grpc-node.flow_control_window": 65_535 });
  }

  call(service, method, request) {
    const deadline = new Date(Date.now() + PATIENCE);
    return new Promise((resolve, reject) =>
      this.stubs[service][method](request, { deadline }, (error, reply) => (error ? reject(error) : resolve(reply))),
    );
  }

  async end(signal) {
    this.child.kill(signal);
    const how = await this.ended;
    Object.values(this.stubs).forEach((stub) => stub.close());
    this.narrow.close();
    return how;
  }
}

// one stream

class Held {
  constructor(call) {
    this.call = call;
    this.messages = [];
    this.failure = null;
    this.wake = () => {};
    call.on("data", (message) => {
      this.messages.push(message);
      this.wake();
    });
    call.on("error", (error) => {
      this.failure = error;
      this.wake();
    });
  }

  /** The next message; null once the stream has failed. */
  async next() {
    const late = Date.now() + PATIENCE;
    while (this.messages.length === 0 && !this.failure) {
      const left = late - Date.now();
      if (left <= 0) throw new Error("no message came");
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, left);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.messages.shift() ?? null;
  }

  /** The next that is no bookmark. */
  async told() {
    for (;;) {
      const message = await this.next();
      if (!message || message.content !== "bookmark") return message;
    }
  }

  drop() {
    this.call.cancel();
  }
}

const watch = (server, resume_token = "") =>
  new Held(server.stubs.WatchService.WatchRegion({ parent: REGION, resume_token }));

/** The token in the status that a stream ended with. */
function tokenOf(error) {
  const details = error.metadata?.get("grpc-status-details-bin")[0];
  return /resume_token[^0-9a-f]+([0-9a-f]{40})/.exec(details?.toString("latin1") ?? "")?.[1];
}

// the steps

const place = (east) => ({ latitude: 45.464, longitude: 9.19 + east, datum: "DATUM_WGS84" });
const moment = (hours) => ({ seconds: MORNING + hours * 3600, nanos: 0 });

async function furnish(server) {
  const network = { beeline: { center: place(0) } };
  const region = { display_name: "Milan", time_zone: "Europe/Rome", network };
  await server.call("RegionService", "CreateRegion", { region_id: "milan", region });
  const level = { name: `${REGION}/serviceLevels/plain`, display_name: "Plain", service_level: {} };
  await server.call("CatalogService", "ImportCatalog", { parent: REGION, entries: [level] });
  const shift = { window: { start: moment(0), end: moment(9) } };
  const technicians = Array.from({ length: 12 }, (_, n) => ({
    technician_id: `t${n}`,
    technician: { display_name: `Technician ${n}`, start_place: place(n * 0.01), shifts: [shift] },
  }));
  await server.call("FleetService", "BatchImportTechnicians", { parent: REGION, technicians });
}

function create(server, job_id, east = 0.01) {
  const need = {
    kind: "JOB_KIND_INSPECTION",
    place: place(east),
    service_level: `${REGION}/serviceLevels/plain`,
    service_duration: { seconds: 900, nanos: 0 },
  };
  const customer = { display_name: "Ada Rossi", phone: "+390212345678" };
  return server.call("DispatchService", "CreateJob", { parent: REGION, job_id, job: { need, customer } });
}

/** Takes messages until the stream fails, `most` have come, or record `last` is there. */
async function take(server, kept, most, last) {
  const held = watch(server, kept.token);
  for (let n = 0; n < most; n += 1) {
    const message = await held.told();
    if (!message) {
      const token = tokenOf(held.failure);
      if (token) equal("the status tells the last token", token, kept.token);
      return false;
    }
    kept.seen.push(message);
    kept.token = message.resume_token;
    if (message.sequence >= last) break;
  }
  held.drop();
  return true;
}

async function region(server) {
  const held = watch(server);
  const first = await held.next();
  equal("the region's state comes first", first.content, "region");
  const kept = { seen: [], token: first.resume_token };
  held.drop();
  const created = [];
  const rounds = [null, "SIGTERM", "SIGKILL"];
  for (const [round, signal] of rounds.entries()) {
    const last = first.sequence + 40 * (round + 1);
    const writer = (async () => {
      for (let n = 0; n < 40; n += 1) {
        created.push((await create(server, `j${round}-${n}`, 0.001 * (n % 20))).job.name);
      }
    })();
    for (let turn = 1; (kept.seen.at(-1)?.sequence ?? 0) < last; turn += 1) await take(server, kept, turn % 6 || 6, last);
    await writer;
    if (signal) {
      const open = take(server, kept, 1_000, Infinity);
      await new Promise((resolve) => setTimeout(resolve, 200));
      const how = await server.end(signal);
      equal("it ended as told", how, signal === "SIGTERM" ? 0 : signal);
      check("an open stream fails when the server goes", (await open) === false);
      await server.start();
    }
  }
  const expected = kept.seen.map((_, n) => first.sequence + 1 + n);
  equal("every record once and in order", kept.seen.map((m) => m.sequence), expected);
  equal("so many records", kept.seen.length, 120);
  const facts = kept.seen.flatMap((m) => m.change.events);
  const told = facts.filter((e) => e.fact === "job_created").map((e) => e.job_created.name);
  equal("every job is told", told, created);
  check("nobody is named", !/Ada Rossi|390212345678/.test(JSON.stringify(kept.seen)));
  for (const [resume_token, code] of [["rubbish", grpc.status.INVALID_ARGUMENT], [first.resume_token.replace(/.$/, "x"), grpc.status.INVALID_ARGUMENT]]) {
    const refused = watch(server, resume_token);
    equal("a spoilt token is refused", [await refused.next(), refused.failure?.code], [null, code]);
  }
}

async function views(server) {
  const made = await create(server, "one");
  const service = server.stubs.WatchService;
  const job = new Held(service.WatchJob({ name: made.job.name }));
  const technician = new Held(service.WatchTechnician({ name: made.visit.technician }));
  const eta = new Held(service.WatchEta({ parent: REGION, jobs: [made.job.name] }));
  const view = (await job.next()).job;
  equal("the job's state comes first", [view.name, view.visit], [made.job.name, made.visit.name]);
  equal("nobody is on the way", view.technician, null);
  const routes = (await technician.next()).technician.routes;
  check("the technician's routes come first", routes.some((r) => r.stops.some((s) => s.job === made.job.name)));
  const [arrival] = (await eta.next()).etas;
  equal("the arrival is that of the plan", arrival.eta.window.p50.seconds, made.visit.eta.p50.seconds);
  await server.call("DispatchService", "CancelJob", { name: made.job.name, reason: "sold" });
  const told = (await job.told()).change.events.map((e) => e.fact);
  check("the customer is told that it is called off", told.includes("job_cancelled"), told);
  const changed = (await technician.told()).change.events.map((e) => e.fact);
  equal("the technician is told of the route alone", [...new Set(changed)], ["route_set"]);
  const [over] = (await eta.next()).etas;
  equal("there is no arrival any more", [over.state, over.eta], ["JOB_STATE_CANCELLED", null]);
  const mark = await job.next();
  equal("a silent stream says where it stands", mark.content, "bookmark");
  [job, technician, eta].forEach((held) => held.drop());
}

async function outbox(server) {
  const made = await server.call("NotificationService", "CreateSubscriber", { parent: REGION, subscriber_id: "billing" });
  for (let n = 0; n < 6; n += 1) await create(server, `out-${n}`);
  const receive = async (count) => {
    const held = new Held(server.stubs.NotificationService.ReceiveNotifications({ name: made.name }));
    const seen = [];
    while (seen.length < count) seen.push((await held.told()).sequence);
    held.drop();
    return seen;
  };
  const all = [1, 2, 3, 4, 5, 6].map((n) => made.acknowledged_sequence + n);
  equal("all since it was added", await receive(6), all);
  const said = { name: made.name, sequence: all[3] };
  equal("acknowledged", (await server.call("NotificationService", "AcknowledgeNotifications", said)).acknowledged_sequence, all[3]);
  await server.end("SIGKILL");
  await server.start();
  equal("what was not acknowledged comes again", await receive(2), all.slice(4));
  const listed = await server.call("NotificationService", "ListSubscribers", { parent: REGION });
  equal("one subscriber", listed.subscribers.map((s) => s.name), [made.name]);
  await server.call("NotificationService", "DeleteSubscriber", { name: made.name });
}

async function slow(server) {
  const call = server.narrow.WatchRegion({ parent: REGION });
  const held = new Held(call);
  const first = await held.next();
  call.pause();
  const count = 400;
  for (let n = 0; n < count; n += 1) await create(server, `slow-${n}`, 0.0005 * (n % 40));
  await new Promise((resolve) => setTimeout(resolve, 3_500));
  call.resume();
  const kept = { seen: [], token: first.resume_token };
  for (let message = await held.told(); message; message = await held.told()) {
    kept.seen.push(message);
    kept.token = message.resume_token;
  }
  equal("a reader that took nothing is cut", held.failure.code, grpc.status.RESOURCE_EXHAUSTED);
  equal("with the token of its last message", tokenOf(held.failure), kept.token);
  check("before it had all", kept.seen.length < count, kept.seen.length);
  while (kept.seen.length < count) await take(server, kept, 1_000, first.sequence + count);
  equal("the rest follows", kept.seen.map((m) => m.sequence), kept.seen.map((_, n) => first.sequence + 1 + n));
}

const binary = process.argv[2];
if (!binary) {
  console.error("name the binary: node watch.mjs BINARY");
  process.exit(2);
}
const work = mkdtempSync(path.join(tmpdir(), "callout-node-"));
const server = new Server(path.resolve(binary), work);
let code = 1;
try {
  await server.start();
  await furnish(server);
  for (const step of [region, views, outbox, slow]) await step(server);
  equal("the server ends in peace", await server.end("SIGTERM"), 0);
  console.log(`${tally.passed} passed, ${tally.failed} failed`);
  code = tally.failed ? 1 : 0;
} catch (error) {
  console.error(error);
} finally {
  server.child?.kill("SIGKILL");
  rmSync(work, { recursive: true, force: true });
}
process.exit(code);
