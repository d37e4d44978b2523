import {
  InternalServerError,
  ProvisionedThroughputExceededException,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import type { FaultProfile, Outage } from './fault-profile.ts';
import type { PendingCall } from './invocation.ts';
import type { Call } from './invocation-context.ts';

/** The way in which a simulated call ends. */
export type CallResult =
  | { readonly kind: 'done' | 'repeated' | 'lost' | 'partial' }
  | { readonly kind: 'refused'; readonly why: 'outage' | 'refused' | 'conflict' }
  | { readonly kind: 'crash'; readonly when: 'before' | 'after' }
  | { readonly kind: 'freeze' | 'slow'; readonly ms: number };

const DONE: CallResult = { kind: 'done' };

const READS = new Set([
  'GetItemCommand',
  'BatchGetItemCommand',
  'QueryCommand',
  'GetObjectCommand',
  'ListObjectsV2Command',
]);
const BATCHES = new Set(['BatchGetItemCommand', 'BatchWriteItemCommand']);
const CONDITIONAL = new Set(['PutItemCommand', 'UpdateItemCommand', 'DeleteItemCommand']);

export const isWrite = ({ name }: Call): boolean => !READS.has(name);

/** Decides how each call ends, by the shares of a fault profile. */
export class FaultInjector {
  readonly #profile: FaultProfile;
  readonly #random: () => number;
  readonly #since: number;

  constructor(profile: FaultProfile, random: () => number, since: number) {
    this.#profile = profile;
    this.#random = random;
    this.#since = since;
  }

  decide({ call, invocation }: PendingCall, now: number): CallResult {
    const { refuse, lost, repeat, conflict, partial, crash, freeze, slow } = this.#profile;
    if (this.#isDown(call, now)) return { kind: 'refused', why: 'outage' };
    if (this.chance(crash)) return { kind: 'crash', when: this.chance(0.5) ? 'before' : 'after' };
    if (this.chance(freeze)) return { kind: 'freeze', ms: this.#freezeMs(invocation.spec.timeoutMs) };
    if (this.chance(slow)) return { kind: 'slow', ms: 500 + Math.floor(this.#random() * 15_000) };
    if (this.chance(refuse)) return { kind: 'refused', why: 'refused' };
    const { name } = call;
    const meets = name === 'TransactWriteItemsCommand' || CONDITIONAL.has(name);
    if (meets && this.chance(conflict)) return { kind: 'refused', why: 'conflict' };
    if (BATCHES.has(name) && this.chance(partial)) return { kind: 'partial' };
    if (isWrite(call) && this.chance(lost)) return { kind: 'lost' };
    if (isWrite(call) && this.chance(repeat)) return { kind: 'repeated' };
    return DONE;
  }

  /** @returns whether the endpoint with the issuer's public keys is down */
  isIssuerDown(now: number): boolean {
    return this.#profile.outages.some((outage) => outage.service === 'jwks' && this.#covers(outage, now));
  }

  chance(share: number): boolean {
    return share > 0 && this.#random() < share;
  }

  #isDown(call: Call, now: number): boolean {
    return this.#profile.outages.some(
      (outage) =>
        outage.service === call.service &&
        (outage.table === undefined || tablesOf(call).includes(outage.table)) &&
        this.#covers(outage, now),
    );
  }

  #covers({ from, to, share }: Outage, now: number): boolean {
    const at = now - this.#since;
    return at >= from && at < to && (share === 1 || this.chance(share));
  }

  /** Returns milliseconds that exceed a lease or the invocation's timeout. */
  #freezeMs(timeoutMs: number): number {
    return Math.floor(
      this.#random() < 0.5 ? 25_000 + this.#random() * 100_000 : timeoutMs * (1 + this.#random() * 0.3),
    );
  }
}

/** Returns the names of the tables that a call reads or writes. */
export function tablesOf({ input }: Call): readonly string[] {
  const { TableName, RequestItems, TransactItems } = input as {
    TableName?: string;
    RequestItems?: Record<string, unknown>;
    TransactItems?: Record<string, { TableName?: string }>[];
  };
  if (TableName !== undefined) return [TableName];
  if (RequestItems) return Object.keys(RequestItems);
  return (TransactItems ?? []).flatMap((write) => Object.values(write).map((one) => one?.TableName ?? ''));
}

/** Creates the error with which a service rejects a call. */
export function errorResponse({ service, name, input }: Call, why: 'outage' | 'refused' | 'conflict'): Error {
  if (why === 'conflict') {
    if (name !== 'TransactWriteItemsCommand') {
      return new TransactionConflictException({ message: 'Transaction is ongoing for the item', $metadata: {} });
    }
    const { length } = input.TransactItems as unknown[];
    return new TransactionCanceledException({
      message: 'Transaction cancelled',
      $metadata: {},
      CancellationReasons: Array.from({ length }, (_, i) => ({ Code: i === 0 ? 'TransactionConflict' : 'None' })),
    });
  }
  if (service !== 'dynamodb')
    return Object.assign(new Error(`${service} is unavailable`), { name: 'ServiceUnavailable' });
  if (why === 'outage') return new ProvisionedThroughputExceededException({ message: 'throttled', $metadata: {} });
  return new InternalServerError({ message: 'internal error', $metadata: {} });
}
