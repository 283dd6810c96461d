export interface HttpAnswer {
  status: number;
  body: Buffer;
}

const HEAD_END = '\r\n\r\n';
const STATUS_LINE = /^HTTP\/1\.1 (\d{3}) /;
const LENGTH = /\r\ncontent-length: *(\d+)/i;
const EMPTY = Buffer.alloc(0);

/**
 * Puts the pieces of one HTTP/1.1 answer together (RFC 9112). It reads what the measured servers send, an answer with a
 * Content-Length or without a body, and refuses everything else: the time spent here is taken from the server.
 */
export class AnswerReader {
  private held: Buffer = EMPTY;
  private head: { status: number; from: number; end: number } | undefined;

  /**
   * @returns the answer once its last piece has come; the reader is then ready for the next one
   * @throws Error for an answer it cannot read, and for bytes after its end
   */
  push(piece: Buffer): HttpAnswer | undefined {
    this.held = this.held.length === 0 ? piece : Buffer.concat([this.held, piece]);
    this.head ??= readHead(this.held);
    if (this.head === undefined || this.held.length < this.head.end) return undefined;
    const { status, from, end } = this.head;
    if (this.held.length > end) throw new Error('the server sent more than the answer it announced');
    const body = this.held.subarray(from, end);
    this.held = EMPTY;
    this.head = undefined;
    return { status, body };
  }
}

function readHead(held: Buffer) {
  const at = held.indexOf(HEAD_END);
  if (at === -1) return undefined;
  const text = held.toString('latin1', 0, at);
  const status = Number(STATUS_LINE.exec(text)?.[1]);
  if (!status) throw new Error(`not an HTTP/1.1 answer: ${text.slice(0, 40)}`);
  const length = status === 204 || status === 304 ? '0' : LENGTH.exec(text)?.[1];
  if (length === undefined) throw new Error(`the answer ${status} has no Content-Length`);
  const from = at + HEAD_END.length;
  return { status, from, end: from + Number(length) };
}
