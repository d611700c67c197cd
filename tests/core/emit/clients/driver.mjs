import http from "node:http";
import { createLogger, requestLogger, withContext } from "./loglama.js";
const [mode, who, count] = process.argv.slice(2);
const log = createLogger(process.env.SERVICE ?? "shop", { version: "1.2.3", level: "debug" });
if (mode === "scenario") {
  log.info("plain", { n: 1, ratio: 0.5, ok: true, none: null, text: 'zażółć "q" \\ \n 🦙', list: [1, 2, { a: 1 }], nested: { a: { b: 1 } } });
  for (const level of ["trace", "debug", "info", "warning", "error", "critical"]) log[level](`at ${level}`);
  log.info("reserved", { timestamp: "t", level: "l", message: "m", component: "other", logger: "app.pay" });
  try { try { null.x; } catch (cause) { throw new RangeError("out", { cause }); } } catch (error) { log.error("failed", { key: 7 }, error); }
  log.child({ user: "ann" }).info("bound", { n: 2 });
  const circle = []; circle.push(circle);
  let deep = 1; for (let i = 0; i < 5000; i += 1) deep = [deep];
  const raises = { get x() { throw new Error("no"); } };
  const values = { circle, deep, nan: NaN, bad: "a\ud800b", huge: "x".repeat(3_000_000), raises, big: 2n ** 70n, fn() {}, date: new Date(0), map: new Map([["a", 1]]), wide: Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`k${i}`, i])), proxy: new Proxy({}, { ownKeys() { throw new Error("odd"); } }) };
  for (const [name, value] of Object.entries(values)) { log.info("hostile", { which: name, value, beside: "kept" }); log.info(value); }
  await Promise.all([1, 2, 3].map((n) => withContext({ request_id: `r${n}` }, async () => { await null; log.info("context", { n }); })));
  if (log.lost) process.exit(1);
} else if (mode === "many") {
  for (let number = 0; number < Number(count); number += 1) log.info("written", { who: Number(who), number, text: "x".repeat(number * 37 % 3000), long: number % 50 === 0 ? "y".repeat(70_000) : "" });
} else if (mode === "forever") {
  for (let number = 0; ; number += 1) { log.info("written", { number }); (await import("node:fs")).writeSync(1, `${number}\n`); }
} else if (mode === "server") {
  const middleware = requestLogger(log, { without: ["/health"] });
  const server = http.createServer((request, response) => middleware(request, response, () => {
    log.info("inside", { url: request.url });
    if (request.url === "/slow") return; // never answered: the client goes away
    response.statusCode = request.url === "/boom" ? 500 : 200;
    response.end("ok");
  }));
  server.listen(0, "127.0.0.1", () => console.log(server.address().port));
} else if (mode === "trouble") {
  for (let number = 0; number < 20; number += 1) log.info("lost");
  console.log(log.lost);
}
