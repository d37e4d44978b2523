const HEAD_END = Buffer.from('\r\n\r\n');

/** Maximum bytes of a request line and its headers, four times the limit of Node's HTTP server. */
const MAX_HEAD_BYTES = 64 * 1024;

/** A request as received, with the parts that a proxy reads. */
export interface RawRequest {
  /** The whole request. */
  readonly bytes: Buffer;
  /** Request line and headers. */
  readonly head: string;
  readonly body: Buffer;
}

/**
 * Splits the bytes of a connection into HTTP/1.1 requests. It reads only what determines their ends, which takes less CPU
 * time than Node's HTTP server.
 */
export class HttpRequestReader {
  readonly #unread: Buffer[] = [];
  #unreadBytes = 0;
  /** Number of bytes up to the end of the incomplete request, or 0 if its head is incomplete. */
  #requestBytes = 0;

  /**
   * @returns the requests that the bytes complete
   * @throws Error if a head is longer than 64 KB, if the name of a header is followed by a space, or if a body is not delimited by one
   *   `content-length`
   */
  read(bytes: Buffer): readonly RawRequest[] {
    this.#unread.push(bytes);
    this.#unreadBytes += bytes.length;
    if (this.#unreadBytes < this.#requestBytes) return [];
    const requests: RawRequest[] = [];
    let rest = this.#unread.length === 1 ? bytes : Buffer.concat(this.#unread);
    this.#requestBytes = 0;
    while (rest.length > 0) {
      const headEnd = rest.indexOf(HEAD_END);
      if ((headEnd < 0 ? rest.length : headEnd) > MAX_HEAD_BYTES) {
        throw new Error(`headers: must have at most ${MAX_HEAD_BYTES} bytes`);
      }
      if (headEnd < 0) break;
      const head = rest.toString('latin1', 0, headEnd);
      const bodyStart = headEnd + HEAD_END.length;
      const end = bodyStart + bodyLength(head);
      if (rest.length < end) {
        this.#requestBytes = end;
        break;
      }
      requests.push({ bytes: rest.subarray(0, end), head, body: rest.subarray(bodyStart, end) });
      rest = rest.subarray(end);
    }
    this.#unread.splice(0, this.#unread.length, ...(rest.length > 0 ? [rest] : []));
    this.#unreadBytes = rest.length;
    return requests;
  }
}

/** Returns a function that finds the value of a header in the head of a request. */
export function headerFinder(name: string): (head: string) => string | undefined {
  const pattern = new RegExp(`\\r\\n${name}:[ \\t]*([^\\r]*)`, 'i');
  return (head) => pattern.exec(head)?.[1]?.trimEnd();
}

const transferEncoding = headerFinder('transfer-encoding');
const contentLength = headerFinder('content-length');

/** The database might read such names and repetitions as other requests than the proxy does. */
const SPACED_NAME = /\r\n[^:\r]*[ \t]:/;
const REPEATED_LENGTH = /\r\ncontent-length:.*\r\ncontent-length:/is;

function bodyLength(head: string): number {
  if (SPACED_NAME.test(head)) throw new Error("headers: must have no space before ':'");
  if (REPEATED_LENGTH.test(head)) throw new Error('content-length: must be given at most once');
  const encoding = transferEncoding(head);
  if (encoding !== undefined) throw new Error(`transfer-encoding: is not supported, got ${encoding}`);
  const length = contentLength(head) ?? '0';
  if (!/^\d+$/.test(length)) throw new Error(`content-length: must be a number of bytes, got ${length}`);
  return Number(length);
}
