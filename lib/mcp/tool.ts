import * as z from 'zod';
import { truncateStart, truncateToBytes } from '../../functions/core/domain/text.ts';
import { type ApiClient, ApiError } from '../cli/api.ts';
import { CommandFailed, UsageError } from '../cli/errors.ts';
import { type Answer, DEFAULT_MAX_BYTES, fitAnswer, MAX_MAX_BYTES, MIN_MAX_BYTES } from './answer.ts';
import { RedactingApiClient } from './redacting-api-client.ts';
import type { CallToolResult, McpServer } from './sdk.ts';
import type { TokenRedactor } from './token-redactor.ts';

/** The services of one call of a tool. */
export interface ToolCall {
  readonly api: ApiClient;
  /** Epoch milliseconds at the start of the call. */
  readonly now: number;
  /** Aborts when the client cancels the call or disconnects. */
  readonly signal: AbortSignal;
  /** Maximum bytes of the answer. */
  readonly maxBytes: number;
}

/** The services of all calls. */
export interface Connection {
  /** Creates a client of the API, with a new token if the local system issues it. */
  readonly connect: (signal: AbortSignal) => ApiClient;
  /** Masks the tokens of all calls. */
  readonly redactor: TokenRedactor;
  /** Logs a line. */
  readonly log: (line: string) => void;
}

export interface Tool {
  readonly name: string;
  /** The tool changes something. */
  readonly writes: boolean;
  readonly register: (server: McpServer, connection: Connection) => void;
}

type Effect =
  | 'read'
  /** Adds something; a repeated call adds again. */
  | 'create'
  /** Sets something; a repeated call has no further effect. */
  | 'set'
  /** Ends, removes or overwrites something; a repeated call has no further effect. */
  | 'replace';

interface ToolOptions<Shape extends z.ZodRawShape> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly effect: Effect;
  readonly input: Shape;
  /** The fields of the answer. A bounded answer may omit some. */
  readonly output: Readonly<Record<string, z.ZodType>>;
  readonly call: (input: z.output<z.ZodObject<Shape>>, call: ToolCall) => Promise<Answer>;
}

const maxBytes = z
  .int()
  .min(MIN_MAX_BYTES)
  .max(MAX_MAX_BYTES)
  .default(DEFAULT_MAX_BYTES)
  .describe('Maximum bytes of the answer. Longer answers are shortened; left_out then says what is missing.');

const leftOutField = z
  .array(z.string())
  .optional()
  .describe('What the answer omits or shortens, and how to get it. Absent if it is complete.');

/** Defines a tool. Its errors are returned as results with `isError`, so that the model can correct its input. */
export function defineTool<const Shape extends z.ZodRawShape>(options: ToolOptions<Shape>): Tool {
  const { name, title, description, effect, input, output, call } = options;
  const writes = effect !== 'read';
  const inputSchema = z.strictObject({ ...input, max_bytes: maxBytes });
  const outputSchema = z.object({ ...optionalFields(output), left_out: leftOutField });
  const annotations = {
    title,
    readOnlyHint: !writes,
    destructiveHint: effect === 'replace',
    idempotentHint: effect !== 'create',
    openWorldHint: false,
  };
  return {
    name,
    writes,
    register(server, { connect, redactor, log }) {
      const definition = { title, description, inputSchema, outputSchema, annotations };
      server.registerTool(name, definition, async (given: unknown, { signal }: { readonly signal: AbortSignal }) => {
        const { max_bytes, ...rest } = given as { readonly max_bytes: number };
        try {
          const api = new RedactingApiClient(connect(signal), redactor, signal);
          const toolCall = { api, now: Date.now(), signal, maxBytes: max_bytes };
          const answer = await call(rest as z.output<z.ZodObject<Shape>>, toolCall);
          return toResult(fitAnswer(answer, max_bytes));
        } catch (error) {
          if (!isExpected(error)) log(`${name}: ${error instanceof Error ? error.stack : String(error)}`);
          const text = /* guard: mcp.error.redacted */ redactor.redact(toErrorText(error));
          return { isError: true, content: [{ type: 'text', text: fitErrorText(text, max_bytes) }] };
        }
      });
    },
  };
}

const optionalFields = (fields: Readonly<Record<string, z.ZodType>>) =>
  Object.fromEntries(Object.entries(fields).map(([name, schema]) => [name, schema.optional()]));

/** Returns the answer as structured content and as text, for clients that only show text. */
function toResult(answer: Answer): CallToolResult {
  const text = JSON.stringify(answer);
  return { content: [{ type: 'text', text }], structuredContent: JSON.parse(text) as Record<string, unknown> };
}

const isExpected = (error: unknown): boolean => error instanceof CommandFailed || error instanceof UsageError;

const HINTS: Readonly<Record<number, string>> = {
  403: 'The token lacks a role that this tool needs.',
  404: 'Ids are those of the token’s tenant; list them first.',
  412: 'It has changed: get it again and repeat the change with its new etag or revision.',
  429: 'Wait some seconds, then repeat the call.',
  503: 'Repeat the call later.',
};

function hintFor({ status, retryAfterSeconds }: ApiError): string | undefined {
  return retryAfterSeconds === undefined ? HINTS[status] : `Repeat the call after ${retryAfterSeconds} s.`;
}

function toErrorText(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof ApiError ? hintFor(error) : undefined;
  const text = error instanceof ApiError ? `HTTP ${error.status}: ${message}` : message;
  return hint === undefined ? text : `${text}\n${hint}`;
}

/** Characters at the end of an error that are always kept: a hint, or the idempotency key. */
const ERROR_END = 400;
/** Bytes (UTF-8) that the end of an error and the ellipsis before it have at most. */
const ERROR_END_BYTES = 3 * ERROR_END + 3;

/** Shortens the middle of an error so that it has at most `maxBytes` bytes (UTF-8). */
function fitErrorText(text: string, maxBytes: number): string {
  if (/* guard: mcp.error.bounded */ Buffer.byteLength(text) <= maxBytes) return text;
  return `${truncateToBytes(text, maxBytes - ERROR_END_BYTES)}…${truncateStart(text, ERROR_END)}`;
}
