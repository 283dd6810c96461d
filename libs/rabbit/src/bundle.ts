/** One of the commands or answers that travel together: what is said of it, and its content byte for byte. */
export interface Part<Head extends object = object> {
  head: Head;
  content: Buffer;
}

/** What is said of a command. */
export interface CommandHead {
  /** the asker's own name for it, which the answer repeats */
  id: string;
  /** UUID, the same after a redelivery */
  commandId: string;
  pattern: string;
  requestId?: string | undefined;
  traceparent?: string | undefined;
}

/** What is said of an answer. */
export interface AnswerHead {
  /** the command's */
  id: string;
  status: number;
  headers: Record<string, string>;
}

/** bytes of the number that says how long the heads are */
const PREFIX = 4;

/**
 * Several commands or answers as the body of one message: what a message costs is mostly its own, not that of its bytes
 * (docs/adr/0003). First the length of the heads, four bytes, big-endian; then the heads, a JSON list, each with its
 * content's `length`; then the contents, one after the other.
 */
export function bundle(parts: readonly Part[]): Buffer {
  const heads = Buffer.from(JSON.stringify(parts.map(({ head, content }) => ({ ...head, length: content.length }))));
  const prefix = Buffer.allocUnsafe(PREFIX);
  prefix.writeUInt32BE(heads.length);
  return Buffer.concat([prefix, heads, ...parts.map(({ content }) => content)]);
}

/** The parts of a message, in their order; their contents are views of it. @throws Error when it is no bundle */
export function unbundle<Head extends object>(body: Buffer): Part<Head>[] {
  const end = PREFIX + (body.length < PREFIX ? 0 : body.readUInt32BE());
  if (end === PREFIX || end > body.length) throw new Error('The message is no bundle: its heads are not all there.');
  const heads = JSON.parse(body.subarray(PREFIX, end).toString()) as (Head & { length: number })[];
  let at = end;
  const parts = heads.map(({ length, ...head }) => {
    const content = body.subarray(at, at + length);
    at += length;
    return { head: head as unknown as Head, content };
  });
  if (at !== body.length) throw new Error('The message is no bundle: its contents are not as long as its heads say.');
  return parts;
}

/** Fills messages with parts up to these bounds, keeping the order; a part beyond them travels alone. */
export function* fill<P extends Part>(parts: readonly P[], most: { parts: number; bytes: number }): Generator<P[]> {
  let chunk: P[] = [];
  let bytes = 0;
  for (const part of parts) {
    if (chunk.length === most.parts || (chunk.length > 0 && bytes + part.content.length > most.bytes)) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(part);
    bytes += part.content.length;
  }
  if (chunk.length > 0) yield chunk;
}
