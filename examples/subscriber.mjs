// Keeps all that happens in a file of its own: nothing is missed, doubled or out of order.
//
//     npm install @nats-io/transport-node @nats-io/jetstream
//     node subscriber.mjs tls://bus.example.org gp-portal gp-portal.seed events.jsonl
//
// What the file has is what was done, and how far; each line is one of
//     {"position": 7, "id": "…", "document": "…"}   an event was taken in
//     {"takenBack": 7}                              and so was all from there on, which does not count
//     {"epoch": "…"}                                what counts is what the stream of this epoch has
// The consumer on the server only says what may be new.

import { createHash } from "node:crypto";
import { existsSync, fsyncSync, openSync, readFileSync, truncateSync, writeSync } from "node:fs";
import { exit, stderr } from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, nkeyAuthenticator } from "@nats-io/transport-node";

const STREAM = "EVENTS";
const BATCH = 100, IDLE = 2_000; // messages at once; milliseconds for the first of them
const PATIENCE = 10_000; // for which a stream that lost its end may be filled up from the log

/** Something is not as it was: look anew where the stream is, in a moment. */
class BeginAgain extends Error {}

/** What was taken in from a position on is not what the log has now. */
class NotTheLog extends Error {
  constructor(first) {
    super(
      `What was taken in from position ${first} on is not what the log has now: it was restored ` +
        "from an older copy, or changed. Ask those who run it which is right. If theirs is, " +
        "--roll-back takes back what is not in it, and goes on.",
    );
    this.first = first;
  }
}

/** What was taken in: a digest of each event at its position, and the epoch of the stream. */
class Copy {
  constructor(file, first) {
    this.digests = []; // by position; a new file begins with `first`
    this.epoch = null;
    this.first = first;
    const text = existsSync(file) ? readFileSync(file, "utf8") : "";
    const whole = text.slice(0, text.lastIndexOf("\n") + 1); // the last line may be half written
    if (whole.length < text.length) truncateSync(file, Buffer.byteLength(whole));
    for (const line of whole.split("\n").filter(Boolean)) this.learn(JSON.parse(line));
    this.file = openSync(file, "a");
  }

  /** The last position that was taken in, 0 if none was. */
  get last() {
    return Math.max(this.digests.length - 1, 0);
  }

  /** The position that is to be taken in next. */
  get next() {
    return this.last ? this.last + 1 : this.first;
  }

  learn({ position, document, takenBack, epoch }) {
    if (position) this.digests[position] = digestOf(document);
    if (takenBack) this.digests.length = Math.min(takenBack, this.digests.length);
    if (epoch) this.epoch = epoch;
  }

  write(line) {
    writeSync(this.file, `${JSON.stringify(line)}\n`);
    this.learn(line);
  }

  /** From now on what was written is durable, and may be acknowledged. */
  sync() {
    fsyncSync(this.file);
  }

  /** Whether an event was taken in at this position. */
  has(position) {
    return this.digests[position] !== undefined;
  }

  /** Whether another event was taken in at this position. */
  hasOtherwise(position, document) {
    const ours = this.digests[position];
    return ours !== undefined && ours !== digestOf(document);
  }
}

const digestOf = (document) => createHash("sha256").update(document).digest("hex");
const textOf = (message) => new TextDecoder().decode(message.data);

/** Takes into a copy what comes from a consumer, in order, and gets by number what does not. */
class Subscriber {
  constructor(client, manager, consumer, copy) {
    Object.assign(this, { client, manager, consumer, copy, tail: 0, since: performance.now() });
  }

  /** Take in what comes, until nothing comes for a while. Throws BeginAgain and NotTheLog. */
  async follow() {
    const { epoch, tail } = await this.look();
    if (epoch !== this.copy.epoch) this.copy.write({ epoch });
    let came = false;
    try {
      const events = await jetstream(this.client).consumers.get(STREAM, this.consumer);
      while (await this.pull(events)) came = true;
    } catch (error) {
      const mayBeGone = !(error instanceof BeginAgain || error instanceof NotTheLog);
      if (mayBeGone) await this.get(tail); // the consumer, that is
      throw error;
    }
    if (!came) await this.get(tail); // whoever was killed may still have it in hand
  }

  /** Epoch and tail of a stream that has what was taken in, of whatever epoch it is. */
  async look() {
    const { config, state } = await this.manager.streams.info(STREAM);
    const marks = config.metadata ?? {}, tail = state.last_seq, { last, epoch } = this.copy;
    if (tail !== this.tail) Object.assign(this, { tail, since: performance.now() });
    const isWhole = tail >= Number(marks["Lt-Head"]); // not so without such a mark
    if (!isWhole) throw new BeginAgain("the stream is being filled");
    const known = Math.min(last, tail);
    let common = known;
    while (await this.isOther(common)) common -= 1;
    const isSame = marks["Lt-Epoch"] === epoch && common === known;
    if (known < last && isSame && performance.now() < this.since + PATIENCE) {
      throw new BeginAgain(`the stream ends at ${tail}, and ${last} was taken in`);
    }
    if (common < last) throw new NotTheLog(common + 1);
    return { epoch: marks["Lt-Epoch"], tail };
  }

  /** Whether the stream has another event than was taken in at this position. */
  async isOther(position) {
    if (!this.copy.has(position)) return false;
    return this.copy.hasOtherwise(position, textOf(await this.read(position)));
  }

  async read(position) {
    const message = await this.manager.direct.getMessage(STREAM, { seq: position });
    if (!message) throw new BeginAgain(`message ${position} is not there`);
    return message;
  }

  /** Take in what the consumer has, and acknowledge it once it is durable; whether any came. */
  async pull(events) {
    const taken = [];
    try {
      for await (const message of await events.fetch({ max_messages: BATCH, expires: IDLE })) {
        // now, not before: what comes may come from a bus that was restored
        if (!taken.length) await this.look();
        await this.get(message.seq - 1);
        await this.take(message.seq, message, message.headers);
        taken.push(message);
      }
    } finally {
      this.copy.sync();
      taken.forEach((message) => message.ack());
    }
    return taken.length > 0;
  }

  /** Take in by number what is missing up to a position. */
  async get(upto) {
    while (this.copy.next <= upto) {
      const position = this.copy.next;
      const message = await this.read(position);
      if (await this.isOther(position - 1)) {
        throw new BeginAgain(`message ${position - 1} is not what it was`);
      }
      await this.take(position, message, message.header);
    }
    this.copy.sync();
  }

  /** Take in the next event, once; one that came before must be what it was. */
  async take(position, message, headers) {
    const document = textOf(message), epoch = headers?.get("Lt-Epoch") || this.copy.epoch;
    if (epoch !== this.copy.epoch) {
      const now = (await this.look()).epoch;
      if (now !== epoch && now !== this.copy.epoch) {
        throw new BeginAgain("the stream was made anew");
      }
      if (now !== this.copy.epoch) this.copy.write({ epoch: now });
    }
    if (position === this.copy.next) {
      const event = eventIn(document, position);
      // Here goes what you do with an event, so that it is durable together with its line.
      this.copy.write({ position, id: event.id, document });
      console.log(position, event.type, event.subject);
    } else if (this.copy.hasOtherwise(position, document)) {
      throw new NotTheLog(position);
    }
  }
}

/** The event that a message is, which says its position itself. */
function eventIn(document, position) {
  try {
    const event = JSON.parse(document);
    if (Number(event.sequence) === position) return event;
  } catch {
    // it is no event either
  }
  throw new BeginAgain(`message ${position} is no event: it goes when the stream is made anew`);
}

/** With tls:// it is encrypted from the first byte on, to the server that is named and to no other. */
function encrypted({ protocol, hostname }, authority) {
  if (protocol === "tls:") {
    return { tls: { handshakeFirst: true, ...(authority && { ca: readFileSync(authority) }) } };
  }
  if (["127.0.0.1", "[::1]", "localhost"].includes(hostname)) return {};
  stderr.write("Name a bus on another machine as tls://…: else all on the way read along.\n");
  return exit(1);
}

async function main([address, consumer, seed, file], { ca, from, "roll-back": rollBack }) {
  const url = new URL(address), copy = new Copy(file, Number(from));
  const client = await connect({
    servers: url.host,
    ...encrypted(url, ca),
    authenticator: nkeyAuthenticator(() => Buffer.from(readFileSync(seed, "utf8").trim())),
    inboxPrefix: `_INBOX_${consumer}`,
    maxReconnectAttempts: -1,
    waitOnFirstConnect: true,
  });
  const manager = await jetstreamManager(client, { checkAPI: false });
  const subscriber = new Subscriber(client, manager, consumer, copy);
  for (let told = ""; ; ) {
    try {
      await subscriber.follow();
      told = "";
    } catch (error) {
      if (error instanceof NotTheLog) {
        if (!rollBack) {
          stderr.write(`${error.message}\n`);
          exit(1);
        }
        copy.write({ takenBack: error.first });
      } else {
        if (told !== (told = error.message)) stderr.write(`${told}\n`);
        await pause(500);
      }
    }
  }
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { ca: { type: "string" }, from: { type: "string", default: "1" }, "roll-back": { type: "boolean" } },
});
await main(positionals, values);
