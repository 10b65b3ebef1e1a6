// PostgreSQL with Apache AGE and pgvector on a port: node server.mjs PORT CONNECTIONS. One session is behind all of its
// connections. What pglite-socket's own program lacks is the end of a connection: PostgreSQL hangs up when a client says
// goodbye (`X`), and asyncpg waits for that.
import { PGlite } from "@electric-sql/pglite";
import { age } from "@electric-sql/pglite-age";
import { vector } from "@electric-sql/pglite-pgvector";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";

const GOODBYE = Buffer.from([0x58, 0, 0, 0, 4]);
const [port, maxConnections] = process.argv.slice(2).map(Number);
const db = await PGlite.create("memory://", { extensions: { age, vector } });
const sockets = new PGLiteSocketServer({ db, host: "127.0.0.1", port, maxConnections });
await sockets.start();
sockets.server.on("connection", (socket) =>
  socket.on("data", (said) => {
    if (said.subarray(-GOODBYE.length).equals(GOODBYE)) socket.end();
  }),
);
console.log("ready");
