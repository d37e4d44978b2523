import { type Flow, operatorsOf } from '../../domain/flow/flow.ts';
import { isHeaderValue } from '../../domain/header-value.ts';
import { secretsIn, withSecrets } from '../../domain/secret.ts';
import { Redaction } from '../redaction.ts';
import { SecretUnusable } from '../secrets.ts';
import type { Chain } from './chain.ts';
import type { FlowContext } from './context.ts';
import { FlowFailure } from './flow-failure.ts';
import type { SinkWriter } from './sink.ts';
import { sinkWriter } from './sinks/index.ts';
import { previewWriter } from './sinks/preview.ts';
import type { SourceReader } from './source.ts';
import { sourceReader } from './sources/index.ts';

/** The operators of a flow, ready to work: for one slice. */
export interface OpenFlow extends AsyncDisposable {
  readonly sources: readonly SourceReader[];
  readonly chain: Chain;
  readonly sinks: readonly SinkWriter[];
  /** Of operators that are tapped, by their index: what keeps the records that come out of them. */
  readonly taps: ReadonlyMap<number, SinkWriter>;
}

export interface OpenOptions {
  readonly context: Omit<FlowContext, 'redaction'>;
  readonly createChain: (flow: Flow) => Chain;
  /** The value of one of the tenant's secrets; undefined when there is none. */
  readonly secret: (name: string) => Promise<string | undefined>;
}

/**
 * Puts secrets into the headers that refer to them, and makes readers and writers.
 *
 * @throws FlowFailure, permanent, when a secret is missing or does not fit
 */
export async function openFlow(flow: Flow, { context, createChain, secret }: OpenOptions): Promise<OpenFlow> {
  const values = await secretValues(flow, secret);
  const filled = <Operator extends object>(operator: Operator): Operator =>
    'headers' in operator ? { ...operator, headers: withValues(operator.headers as Headers, values) } : operator;
  const full = { ...context, redaction: values.size > 0 ? new Redaction(values) : undefined };
  const chain = createChain(flow);
  const sinks = flow.sinks.map((sink) => sinkWriter(filled(sink), full));
  return {
    sources: flow.sources.map((source) => sourceReader(filled(source), full)),
    chain,
    sinks,
    taps: tapsOf(flow, full),
    async [Symbol.asyncDispose]() {
      await Promise.all([chain[Symbol.asyncDispose](), ...sinks.map((sink) => sink.close?.())]);
    },
  };
}

function tapsOf(flow: Flow, context: FlowContext): OpenFlow['taps'] {
  return new Map(
    operatorsOf(flow).flatMap(({ id, tap }, operator) =>
      tap ? [[operator, previewWriter({ id, type: 'preview' }, context)] as const] : [],
    ),
  );
}

type Headers = Readonly<Record<string, string>>;

const withValues = (headers: Headers, values: ReadonlyMap<string, string>): Headers =>
  Object.fromEntries(
    Object.entries(headers).map(([name, text]) => [name, withSecrets(text, (secret) => values.get(secret) ?? '')]),
  );

async function secretValues(flow: Flow, read: OpenOptions['secret']): Promise<ReadonlyMap<string, string>> {
  const texts = [...flow.sources, ...flow.sinks].flatMap((operator) =>
    'headers' in operator ? Object.values(operator.headers) : [],
  );
  const names = [...new Set(texts.flatMap(secretsIn))];
  const values = await Promise.all(
    names.map(async (name) => {
      const value = await read(name);
      if (value === undefined) throw unusable(name, `does not exist; PUT /v1/secrets/${name} sets it`);
      if (!isHeaderValue(value)) throw unusable(name, 'must be one line of printable characters in a header');
      return [name, value] as const;
    }),
  );
  return new Map(values);
}

const unusable = (name: string, why: string) =>
  new FlowFailure(new SecretUnusable(name, why).message, { permanent: true });
