import type { IncomingMessage } from 'node:http';
import { DecodingError, decodeBody } from '../../../executors/http/content-encoding.ts';

/** Longest response that is read. Responses of Slack and PagerDuty are shorter. */
const MAX_RESPONSE_BYTES = 64 * 1024;

/** Returns the fields of a response in JSON; none if the body is too long or malformed. */
export async function readJsonBody(response: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of decodeBody(response)) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > MAX_RESPONSE_BYTES) return {};
    }
    return Object(JSON.parse(Buffer.concat(chunks).toString())) as Readonly<Record<string, unknown>>;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof DecodingError) return {};
    throw error;
  }
}
