import { type Flow, operatorsOf } from '../../domain/flow/flow.ts';
import type { HttpLookup } from '../../domain/flow/lookup.ts';
import type { Transform } from '../../domain/flow/transform.ts';
import { isHeaderValue } from '../../domain/header-value.ts';
import { secretNamesIn, substituteSecrets } from '../../domain/secret.ts';
import { Redaction } from '../output/redaction.ts';
import { readUsable, UnusableSecretError } from '../resolve-secrets.ts';
import type { Chain } from './chain.ts';
import type { FlowContext } from './flow-context.ts';
import { FlowFailure } from './flow-failure.ts';
import type { Lookup } from './lookups/lookup.ts';
import type { SinkWriter } from './sink-writer.ts';
import { createSinkWriter } from './sinks/create-sink-writer.ts';
import { createPreviewWriter } from './sinks/preview.ts';
import type { SourceReader } from './source-reader.ts';
import { createSourceReader } from './sources/create-source-reader.ts';

/** The opened operators of a flow, for one slice. */
export interface OpenFlow extends AsyncDisposable {
  readonly sources: readonly SourceReader[];
  readonly chain: Chain;
  readonly sinks: readonly SinkWriter[];
  /** Preview writers by the index of their tapped operator. */
  readonly taps: ReadonlyMap<number, SinkWriter>;
}

export interface OpenFlowOptions {
  readonly context: Omit<FlowContext, 'redaction'>;
  readonly createChain: (flow: Flow, lookups: ReadonlyMap<number, Lookup>) => Chain;
  /** @returns the value of one of the tenant's secrets, or `undefined` if the secret does not exist */
  readonly readSecret: (name: string) => Promise<string | undefined>;
}

/**
 * Resolves secret references in headers and creates readers and writers.
 *
 * @throws FlowFailure, permanent, if a secret is missing or invalid as a header value
 */
export async function openFlow(
  flow: Flow,
  { context, createChain, readSecret: secret }: OpenFlowOptions,
): Promise<OpenFlow> {
  const values = await readSecretValues(flow, secret);
  const filled = <Operator extends object>(operator: Operator): Operator =>
    'headers' in operator ? { ...operator, headers: withValues(operator.headers as Headers, values) } : operator;
  const full = { ...context, redaction: values.size > 0 ? new Redaction(values) : undefined };
  const transforms = flow.transforms.map((transform) => withHeaders(transform, values));
  const chain = createChain(flow, await openLookups(transforms, full));
  const sinks = flow.sinks.map((sink) => createSinkWriter(filled(sink), full));
  const sources = flow.sources.map((source) => createSourceReader(filled(source), full));
  return {
    sources,
    chain,
    sinks,
    taps: createTaps(flow, full),
    async [Symbol.asyncDispose]() {
      await Promise.all([
        chain[Symbol.asyncDispose](),
        ...[...sources, ...sinks].map((operator) => operator.close?.()),
      ]);
    },
  };
}

function createTaps(flow: Flow, context: FlowContext): OpenFlow['taps'] {
  return new Map(
    operatorsOf(flow).flatMap(({ id, tap }, operator) =>
      tap ? [[operator, createPreviewWriter({ id, type: 'preview' }, context)] as const] : [],
    ),
  );
}

/** Creates the lookups of a flow. Few flows have one, so their code is loaded on demand. */
async function openLookups(transforms: Flow['transforms'], context: FlowContext): Promise<ReadonlyMap<number, Lookup>> {
  if (transforms.every(({ type }) => type !== 'lookup')) return new Map();
  return (await import('./lookups/create-lookups.ts')).createLookups({ transforms }, context);
}

type Headers = Readonly<Record<string, string>>;

/** Returns the request of a lookup; none of another transform. */
const requestOf = (transform: Transform): readonly HttpLookup[] =>
  transform.type === 'lookup' && 'http' in transform.from ? [transform.from.http] : [];

/** Resolves the secret references in the headers of a lookup. */
function withHeaders(transform: Transform, values: ReadonlyMap<string, string>): Transform {
  const [request] = requestOf(transform);
  if (!request || transform.type !== 'lookup') return transform;
  return { ...transform, from: { http: { ...request, headers: withValues(request.headers, values) } } };
}

const withValues = (headers: Headers, values: ReadonlyMap<string, string>): Headers =>
  Object.fromEntries(
    Object.entries(headers).map(([name, text]) => [
      name,
      substituteSecrets(text, (secret) => values.get(secret) ?? ''),
    ]),
  );

async function readSecretValues(flow: Flow, read: OpenFlowOptions['readSecret']): Promise<ReadonlyMap<string, string>> {
  const requests = [...flow.sources, ...flow.sinks, ...flow.transforms.flatMap(requestOf)];
  const texts = requests.flatMap((operator) => ('headers' in operator ? Object.values(operator.headers) : []));
  const names = [...new Set(texts.flatMap(secretNamesIn))];
  const values = await Promise.all(
    names.map(async (name) => {
      const value = await readUsable(name, read).catch((error: unknown) => {
        throw error instanceof UnusableSecretError ? new FlowFailure(error.message, { permanent: true }) : error;
      });
      if (value === undefined) throw unusableSecretFailure(name, `does not exist; PUT /v1/secrets/${name} sets it`);
      if (!isHeaderValue(value))
        throw unusableSecretFailure(name, 'must be one line of printable characters in a header');
      return [name, value] as const;
    }),
  );
  return new Map(values);
}

const unusableSecretFailure = (name: string, why: string) =>
  new FlowFailure(new UnusableSecretError(name, why).message, { permanent: true });
