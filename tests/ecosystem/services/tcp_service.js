// A TCP service in Node: logfmt on standard output. node tcp_service.js NAME PORT
const net = require("net");
const [name, port] = process.argv.slice(2);
const log = (level, msg) => console.log(`time=${new Date().toISOString()} level=${level} msg="${msg}" service=${name}`);
process.on("SIGTERM", () => { log("info", "bye"); process.exit(0); });
net.createServer((socket) => socket.end("hello\n")).listen(Number(port), "127.0.0.1", () => log("info", "listening"));
