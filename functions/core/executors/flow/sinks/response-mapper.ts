import type { IncomingMessage } from 'node:http';
import { parseExactJson } from '../../../domain/exact-json.ts';
import type { Json } from '../../../domain/json.ts';
import { MAX_MAPPED_BYTES, tooMuchMappedFailure } from '../mapped-limit.ts';
import { type ChainOptions, createChain } from '../transforms/create-chain.ts';

/** The record made of a response; `null` for none, or the reason of a failure. */
export type MappedResponse = { readonly mapped: readonly [record: Json] | null } | { readonly fault: string };

/** A response as expressions see it. */
interface ReadResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Json;
}

/** Makes records of responses with an expression. */
export class ResponseMapper {
  readonly #sink: string;
  readonly #chain: ReturnType<typeof createChain>;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(sink: string, expression: string, options: ChainOptions) {
    this.#sink = sink;
    this.#chain = createChain([{ type: 'map', to: expression }], options);
  }

  /** Starts a page, whose records together are limited. */
  startPage(): (record: Json, response: ReadResponse, signal: AbortSignal) => Promise<MappedResponse> {
    let bytes = 0;
    return async (record, response, signal) => {
      const input = { record, response } as unknown as Json;
      // The expression process takes one list of records at a time.
      const evaluation = this.#turn.then(() => this.#chain.apply([input], signal));
      this.#turn = evaluation.catch(() => {});
      const { outputs, errors } = await evaluation;
      const [output] = outputs;
      if (errors[0]) return { fault: `responseMap: ${errors[0].message}` };
      if (!output) return { mapped: null };
      bytes += Buffer.byteLength(JSON.stringify(output.value));
      if (bytes > MAX_MAPPED_BYTES) throw tooMuchMappedFailure(this.#sink);
      return { mapped: [output.value] };
    };
  }

  close(): Promise<void> {
    return Promise.resolve(this.#chain[Symbol.asyncDispose]());
  }
}

/**
 * Reads a response for an expression: a body of a JSON media type as its value, another one as text, none as `null`.
 *
 * @throws Error with the reason, if the body is not JSON
 */
export function toReadResponse({ statusCode = 0, headers }: IncomingMessage, body: Buffer): ReadResponse {
  const texts = Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')] as const);
  return { status: statusCode, headers: Object.fromEntries(texts), body: parseBody(headers['content-type'], body) };
}

function parseBody(mediaType: string | undefined, body: Buffer): Json {
  if (body.length === 0) return null;
  const text = body.toString();
  return /^application\/(?:[^;]*\+)?json\b/i.test(mediaType ?? '') ? parseExactJson(text) : text;
}
