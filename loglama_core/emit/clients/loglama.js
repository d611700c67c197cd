// Logs into LogLama from Node.js (18 or newer). No dependencies; copy this one file. MIT licensed.
//
//   import { createLogger } from "./loglama.js";
//   const log = createLogger("shop", { version: "1.0.0" });
//   log.info("order paid", { order: 1187 });
//
// Each record is one line of JSON, appended by one write to $LOGLAMA_LOG_DIR/shop.log (./logs if that is not set), so any
// number of processes may share the file. Nothing here throws: what cannot be written is counted (`log.lost`) and told
// once on standard error. The file is renamed by others (logrotate, a Python service); that is followed.

import { AsyncLocalStorage } from "node:async_hooks";
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";

const LEVELS = { trace: 5, debug: 10, info: 20, warning: 30, error: 40, critical: 50 };
const SYNONYMS = { warn: "warning", fatal: "critical" };
const SET_BY_THE_WRITER = new Set(["timestamp", "level", "message"]);
const LONGEST_LINE = 1_000_000; // bytes; a collector keeps lines of up to 1 MiB whole
const DEEPEST = 30;
const MOST_KEYS = 300;
const RETRY_MS = 1000;
const { O_WRONLY, O_CREAT, O_APPEND, O_NOFOLLOW, O_NONBLOCK } = fs.constants;

const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g; // no UTF-8 for these

const context = new AsyncLocalStorage();
const files = new Map();

/** Runs `action`; every record logged meanwhile, also after an await, carries `fields`. */
export function withContext(fields, action) {
  return context.run({ ...context.getStore(), ...fields }, action);
}

/**
 * Returns the logger of a service.
 * options: version; level ("info"); logDir ($LOGLAMA_LOG_DIR, ./logs); fields (on every record).
 */
export function createLogger(service, options = {}) {
  const folder = path.resolve(options.logDir || process.env.LOGLAMA_LOG_DIR || "logs");
  const name = String(service).replace(/[^A-Za-z0-9._-]/g, "_").slice(0, 64).replace(/^(\.|$)/, "_");
  const file = path.join(folder, `${name}.log`);
  if (!files.has(file)) files.set(file, new LineFile(file));
  const level = String(options.level ?? "info").toLowerCase();
  const least = LEVELS[SYNONYMS[level] ?? level] ?? LEVELS.info;
  return new Logger(files.get(file), { component: String(service), version: options.version }, least, options.fields ?? {});
}

class Logger {
  #file; #identity; #least; #fields;

  constructor(file, identity, least, fields) {
    this.#file = file;
    this.#identity = identity;
    this.#least = least;
    this.#fields = fields;
  }

  /** Records that could not be written. */
  get lost() { return this.#file.lost; }

  /** Returns a logger whose records carry `fields` too; a field `logger` names it. */
  child(fields) { return new Logger(this.#file, this.#identity, this.#least, { ...this.#fields, ...fields }); }

  trace(message, fields, error) { this.#write("trace", message, fields, error); }
  debug(message, fields, error) { this.#write("debug", message, fields, error); }
  info(message, fields, error) { this.#write("info", message, fields, error); }
  warning(message, fields, error) { this.#write("warning", message, fields, error); }
  warn(message, fields, error) { this.#write("warning", message, fields, error); }
  error(message, fields, error) { this.#write("error", message, fields, error); }
  critical(message, fields, error) { this.#write("critical", message, fields, error); }
  fatal(message, fields, error) { this.#write("critical", message, fields, error); }

  #write(level, message, fields, error) {
    if (LEVELS[level] < this.#least) return;
    try {
      if (fields instanceof Error) [fields, error] = [{}, fields];
      const all = { ...this.#fields, ...context.getStore(), ...fields };
      for (const key of ["error", "err", "exception"]) {
        if (all[key] instanceof Error && error === undefined) { error = all[key]; delete all[key]; }
      }
      if (message instanceof Error && error === undefined) { error = message; message = message.message; }
      if (error !== undefined && error !== null) all.exception = exceptionFields(error);
      this.#file.append(encode(level, message, this.#identity, all));
    } catch (failure) { // a getter, a toJSON, a proxy of the host's: it costs the fields, not the record
      this.#file.append(encode(level, message, this.#identity, { left_out: `fields: ${nameOf(failure)}` }));
    }
  }
}

/** Logs what ends the program, before it does. */
export function captureErrors(log) {
  process.on("uncaughtExceptionMonitor", (error, origin) => log.critical(`uncaught ${nameOf(error)}`, { origin }, error));
}

/**
 * Request logging for node:http, Express, Connect: `app.use(requestLogger(log))`, or `requestLogger(log)(req, res, next)`.
 * Method, path (without the query: tokens stand there), status, duration, client; the request's id and W3C trace are taken
 * from its headers or made, are on every record of the request, and the answer tells the id.
 */
export function requestLogger(log, { without = [] } = {}) {
  return (request, response, next) => {
    const begun = process.hrtime.bigint();
    const given = String(request.headers["x-request-id"] ?? "");
    const trace = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?$/
      .exec(String(request.headers.traceparent ?? ""));
    const fields = {
      request_id: /^[A-Za-z0-9._:/+=@-]{1,128}$/.test(given) ? given : randomBytes(16).toString("hex"),
      trace_id: trace?.[1] ?? randomBytes(16).toString("hex"),
      span_id: randomBytes(8).toString("hex"),
      ...(trace && { parent_span_id: trace[2] }),
    };
    const where = String(request.originalUrl ?? request.url ?? "").replace(/[?#].*$/s, "");
    response.setHeader?.("X-Request-ID", fields.request_id);
    response.once("close", () => {
      if (without.includes(where)) return;
      const ended = response.writableFinished;
      const status = ended || response.headersSent ? response.statusCode : 499;
      const level = !ended ? "warning" : status >= 500 ? "error" : status >= 400 ? "warning" : "info";
      log[level](`request ${ended ? "finished" : "cancelled"} ${request.method} ${where}`, {
        ...fields,
        logger: "loglama.request",
        method: request.method,
        path: where,
        client: request.socket?.remoteAddress,
        status,
        duration_ms: Number((process.hrtime.bigint() - begun) / 1000n) / 1000,
      });
    });
    return withContext(fields, () => next?.());
  };
}

function encode(level, message, identity, fields) {
  const own = { timestamp: new Date().toISOString(), level, message: text(message) };
  for (const longest of [100_000, 20_000, 200]) {
    const record = { ...own, message: cut(own.message, longest > 200 ? LONGEST_LINE / 4 : longest) };
    for (const key of ["logger", "component", "version"]) {
      const value = typeof fields[key] === "string" && fields[key] ? fields[key] : identity[key];
      if (value !== undefined) record[key] = text(value);
    }
    let keys = 0;
    for (const [key, value] of Object.entries(fields)) {
      if (value === undefined || record[key] === value) continue;
      if (++keys > MOST_KEYS) { record["…"] = "more keys"; break; }
      record[SET_BY_THE_WRITER.has(key) || key in record ? `${key}_` : key] = plain(value, longest, 1, { keys: 0, path: [] });
    }
    const line = Buffer.from(`${JSON.stringify(record)}\n`);
    if (line.length <= LONGEST_LINE) return line;
  }
  return Buffer.from(`${JSON.stringify({ ...own, message: cut(own.message, 200), ...identity, left_out: "fields" })}\n`);
}

/** Returns what JSON can hold of any value; what throws while it is looked at costs that value only. */
function plain(value, longest, depth, seen) {
  try {
    switch (typeof value) {
      case "string": return cut(value, longest);
      case "number": return Number.isFinite(value) ? value : String(value);
      case "boolean": return value;
      case "bigint": return String(value);
      case "function": return `<function ${value.name}>`;
      case "symbol": return String(value);
      case "undefined": return null;
    }
    if (value === null) return null;
    if (value instanceof Error) return cut(`${nameOf(value)}: ${value.message}`, longest);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
    if (seen.path.includes(value)) return "<circular>";
    if (depth > DEEPEST) return "<nested too deep>";
    const inside = { keys: seen.keys, path: [...seen.path, value] };
    if (typeof value.toJSON === "function") return plain(value.toJSON(), longest, depth + 1, inside);
    if (value instanceof Uint8Array) return cut(Buffer.from(value).toString("latin1"), longest);
    if (value instanceof Map) value = Object.fromEntries(value);
    if (value instanceof Set) value = [...value];
    if (Array.isArray(value)) return value.map((item) => plain(item, longest, depth + 1, inside));
    const kept = {};
    for (const key of Object.keys(value)) {
      if (++inside.keys > MOST_KEYS) { kept["…"] = "more keys"; break; }
      if (value[key] !== undefined) kept[key] = plain(value[key], longest, depth + 1, inside);
    }
    return kept;
  } catch (failure) {
    return `<${nameOf(failure)} while it was turned into text>`;
  }
}

function exceptionFields(error) {
  if (!(error instanceof Error)) return { type: typeof error, message: text(plain(error, 20_000, 1, { keys: 0, path: [] })) };
  const traces = [];
  for (let one = error; one instanceof Error && traces.length < 10; one = one.cause) traces.push(text(one.stack ?? one));
  return { type: nameOf(error), message: text(error.message), stacktrace: cut(traces.join("\nCaused by: "), 60_000) };
}

function nameOf(error) {
  try { return String(error?.name ?? typeof error); } catch { return "Error"; }
}

function text(value) {
  if (typeof value === "string") return value;
  try { return typeof value === "object" && value !== null ? JSON.stringify(value) ?? "" : String(value ?? ""); } catch { return "<no text>"; }
}

function cut(value, longest) {
  value = value.replace(LONE_SURROGATE, (half) => `\\u${half.charCodeAt(0).toString(16)}`);
  return value.length <= longest ? value : `${value.slice(0, longest)}… (${value.length - longest} more characters)`;
}

class LineFile {
  lost = 0;
  #path; #descriptor = null; #torn = false; #unreported = 0; #reason = ""; #told = false; #retry = 0;

  constructor(file) { this.#path = file; }

  append(line) {
    try {
      if (!this.#isCurrent()) this.#open();
      if (this.#torn) { fs.writeSync(this.#descriptor, "\n"); this.#torn = false; }
      if (this.#unreported) {
        const lost = this.#unreported;
        this.#unreported = 0;
        const record = JSON.parse(line);
        fs.writeSync(this.#descriptor, encode("warning", `${lost} records were lost: ${this.#reason}`,
          { logger: "loglama.emit", component: record.component, version: record.version }, { lost_records: lost }));
      }
      const written = fs.writeSync(this.#descriptor, line);
      if (written !== line.length) { this.#torn = true; throw new Error("the disk is full"); }
    } catch (failure) {
      this.lost += 1;
      this.#unreported += 1;
      this.#reason = String(failure?.code ?? failure?.message);
      if (this.#told) return;
      this.#told = true;
      try {
        process.stderr.write(`loglama: ${this.#path} cannot be written: ${this.#reason}; records are lost (and counted) until it can\n`);
      } catch { /* standard error is closed */ }
    }
  }

  #isCurrent() {
    if (this.#descriptor === null) return false;
    const named = fs.lstatSync(this.#path, { throwIfNoEntry: false });
    const ours = fs.fstatSync(this.#descriptor);
    return named !== undefined && named.ino === ours.ino && named.dev === ours.dev;
  }

  #open() {
    if (Date.now() < this.#retry) throw new Error(this.#reason);
    try {
      fs.mkdirSync(path.dirname(this.#path), { recursive: true, mode: 0o700 });
      const fresh = fs.openSync(this.#path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK, 0o600);
      const status = fs.fstatSync(fresh);
      if (!status.isFile()) { fs.closeSync(fresh); throw new Error("it is not a regular file"); }
      if (this.#descriptor !== null) fs.closeSync(this.#descriptor);
      this.#descriptor = fresh;
      this.#torn = status.size > 0 && endsWithinLine(this.#path);
    } catch (failure) {
      this.#retry = Date.now() + RETRY_MS;
      throw failure;
    }
  }
}

/** Whether a file's last line has no end: that of a killed writer. */
function endsWithinLine(file) {
  let reader;
  try { reader = fs.openSync(file, fs.constants.O_RDONLY | O_NOFOLLOW); } catch { return false; }
  try {
    const last = Buffer.alloc(1);
    for (let tries = 0; tries < 20; tries += 1) { // one that is being written is given a moment
      fs.readSync(reader, last, 0, 1, Math.max(0, fs.fstatSync(reader).size - 1));
      if (last[0] === 10) return false;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
    return true;
  } finally { fs.closeSync(reader); }
}
