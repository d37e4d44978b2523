import type { SQSClient } from '@aws-sdk/client-sqs';
import type { LogLevel } from '../../domain/flow/log-line.ts';
import type { Json } from '../../domain/json.ts';
import type { Pacing } from '../../platform/batch.ts';
import type { Objects } from '../../platform/objects.ts';
import type { Db } from '../../store/db.ts';
import type { RecordOwner } from '../../store/run-item.ts';
import type { AddressRule } from '../http/public-address.ts';
import type { Redaction } from '../output/redaction.ts';

export type OperatorLog = (
  level: LogLevel,
  operator: string,
  message: string,
  details?: { readonly [name: string]: Json },
) => void;

/** The dependencies of a flow run's operators during one slice. */
export interface FlowContext {
  readonly run: RecordOwner;
  /** Records per page. */
  readonly pageSize: number;
  /** Number of tasks of the run, which share the rate limit of a source. */
  readonly tasks: number;
  /** Payload of the run, `$payload` in expressions. */
  readonly payload?: Json | undefined;
  readonly db: Db;
  readonly objects: Objects;
  readonly sqs: SQSClient;
  /** Prefix of the names of queues that tenants may read; the tenant's part follows. */
  readonly sourceQueuePrefix: string;
  /** Decides whether a connection to an IP address is allowed. */
  readonly mayConnect: AddressRule;
  /**
   * Takes a token for one request to a host, whose rate all flows of the tenant share.
   *
   * @returns 0 if the request may be sent, otherwise the milliseconds after which to ask again
   */
  readonly takeHostToken: (host: string) => Promise<number>;
  /**
   * Takes a token for one request of an operator, whose rate all tasks and runs of the flow share.
   *
   * @returns as `takeHostToken`
   */
  readonly takeOperatorToken: (operator: string, perSecond: number) => Promise<number>;
  /** Writes a line to the run's log. Lines contain no records and no secrets. Warnings are counted per operator. */
  readonly log: OperatorLog;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly random: () => number;
  /**
   * Delay and jitter between attempts at a batch of messages.
   *
   * @default real time and real randomness
   */
  readonly pacing?: Pacing;
  /** Redacts the secrets contained in the flow; `undefined` if the flow contains none. */
  readonly redaction: Redaction | undefined;
}
