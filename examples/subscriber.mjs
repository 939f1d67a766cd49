// Keeps all that happens in a file of its own: nothing is missed, doubled or out of order.
//
//     npm install @nats-io/transport-node @nats-io/jetstream
//     node subscriber.mjs nats://subscriber:PASSWORD@127.0.0.1:4222 events.jsonl
//
// What the file has is what was done, and how far; each line is one of
//     {"position": 7, "id": "…", "document": "…"}   an event was taken in
//     {"takenBack": 7}                              and so was all from there on, which does not count
//     {"epoch": "…"}                                what counts is what the stream of this epoch has
// The consumer on the server only says what may be new.

import { createHash } from "node:crypto";
import { existsSync, fsyncSync, openSync, readFileSync, truncateSync, writeSync } from "node:fs";
import { argv, exit, stderr } from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import {
  AckPolicy, DeliverPolicy, jetstream, JetStreamApiError, jetstreamManager,
} from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";

const STREAM = "EVENTS", SUBJECTS = "lt.event.>", CONSUMER = "gp-portal-js";
const BATCH = 100, IDLE = 2_000, TO_ACKNOWLEDGE = 60_000_000_000; // messages; ms; ns
const NOT_THERE = 404;

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
  constructor(file) {
    this.digests = [null]; // position 0
    this.epoch = null;
    const text = existsSync(file) ? readFileSync(file, "utf8") : "";
    const whole = text.slice(0, text.lastIndexOf("\n") + 1); // the last line may be half written
    if (whole.length < text.length) truncateSync(file, Buffer.byteLength(whole));
    for (const line of whole.split("\n").filter(Boolean)) this.learn(JSON.parse(line));
    this.file = openSync(file, "a");
  }

  get last() {
    return this.digests.length - 1;
  }

  learn({ position, document, takenBack, epoch }) {
    if (position) this.digests[position] = digestOf(document);
    if (takenBack) this.digests.length = takenBack;
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

  has(position, document) {
    return this.digests[position] === digestOf(document);
  }
}

const digestOf = (document) => createHash("sha256").update(document).digest("hex");
const textOf = (message) => new TextDecoder().decode(message.data);

/** Take in what comes, until nothing comes for a while. Throws BeginAgain and NotTheLog. */
async function follow(client, copy) {
  const manager = await jetstreamManager(client, { checkAPI: false });
  const epoch = await look(manager, copy);
  await seeToConsumer(manager, copy, epoch);
  if (epoch !== copy.epoch) copy.write({ epoch });
  const events = await jetstream(client).consumers.get(STREAM, CONSUMER);
  while (await takeBatch(manager, copy, events));
}

/** The epoch of the stream. If it is another than it was, our last event must still be there. */
async function look(manager, copy) {
  const { config, state } = await manager.streams.info(STREAM);
  const marks = config.metadata ?? {};
  const isWhole = state.last_seq >= Number(marks["Lt-Head"]); // not so without such a mark
  if (!isWhole) throw new BeginAgain("the stream is being filled");
  if (marks["Lt-Epoch"] !== copy.epoch && copy.last) {
    if (copy.last > state.last_seq) throw new NotTheLog(state.last_seq + 1);
    const there = await manager.direct.getMessage(STREAM, { seq: copy.last });
    if (!there || !copy.has(copy.last, textOf(there))) throw new NotTheLog(copy.last);
  }
  return marks["Lt-Epoch"];
}

/** There is a consumer, and nothing of it is in anybody's hand. */
async function seeToConsumer(manager, copy, epoch) {
  const there = await manager.consumers.info(STREAM, CONSUMER).catch((error) => {
    if (error instanceof JetStreamApiError && error.status === NOT_THERE) return null;
    throw error;
  });
  if (there && !there.num_ack_pending) return;
  // Of the same stream it begins with the last event that we have, which must come again; of
  // another one at the start, for nobody has kept how far they are equal. What was in our hand when
  // we were stopped would come again in a minute, after the next.
  let first = epoch === copy.epoch ? copy.last : 1;
  if (there) {
    first = there.ack_floor.stream_seq + 1;
    await manager.consumers.delete(STREAM, CONSUMER);
  }
  await manager.consumers.add(STREAM, {
    durable_name: CONSUMER,
    filter_subject: SUBJECTS,
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: Math.max(first, 1),
    ack_policy: AckPolicy.Explicit,
    ack_wait: TO_ACKNOWLEDGE,
  });
}

/** Take in the next events, and acknowledge them once they are durable; whether any came. */
async function takeBatch(manager, copy, events) {
  const taken = [];
  try {
    for await (const message of await events.fetch({ max_messages: BATCH, expires: IDLE })) {
      await take(manager, copy, message);
      taken.push(message);
    }
  } finally {
    copy.sync();
    taken.forEach((message) => message.ack());
  }
  return taken.length > 0;
}

/** Take in the next event, once; one that came before must be what it was. */
async function take(manager, copy, message) {
  const position = message.seq, document = textOf(message);
  const epoch = message.headers?.get("Lt-Epoch") || copy.epoch;
  if (epoch !== copy.epoch && (await look(manager, copy)) !== copy.epoch) {
    throw new BeginAgain("the stream was made anew");
  }
  if (position > copy.last + 1) {
    await manager.consumers.delete(STREAM, CONSUMER); // somebody else has taken what is before
    throw new BeginAgain(`${copy.last + 1} comes first`);
  }
  if (position === copy.last + 1) {
    const event = eventIn(document, position);
    // Here goes what you do with an event, so that it is durable together with its line.
    copy.write({ position, id: event.id, document });
    console.log(position, event.type, event.subject);
  } else if (!copy.has(position, document)) {
    throw new NotTheLog(position);
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

async function main(address, file, rollBack) {
  const copy = new Copy(file), url = new URL(address);
  const client = await connect({
    servers: url.host,
    user: decodeURIComponent(url.username),
    pass: decodeURIComponent(url.password),
    inboxPrefix: "_INBOX.subscriber",
    maxReconnectAttempts: -1,
    waitOnFirstConnect: true,
  });
  for (let told = ""; ; ) {
    try {
      await follow(client, copy);
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

const [, , address, file, option] = argv;
await main(address, file, option === "--roll-back");
