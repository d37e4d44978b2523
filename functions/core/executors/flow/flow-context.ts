import type { SQSClient } from '@aws-sdk/client-sqs';
import type { LogLevel } from '../../domain/flow/log-line.ts';
import type { Json } from '../../domain/json.ts';
import type { RunRef } from '../../domain/run.ts';
import type { Pacing } from '../../platform/batch.ts';
import type { Objects } from '../../platform/objects.ts';
import type { Db } from '../../store/db.ts';
import type { AddressRule } from '../http/public-address.ts';
import type { Redaction } from '../output/redaction.ts';

export type OperatorLog = (
  level: LogLevel,
  operator: string,
  message: string,
  details?: { readonly [name: string]: Json },
) => void;

/** What the operators of a flow run have to do with, for one slice. */
export interface FlowContext {
  readonly run: RunRef;
  /** Records a page. */
  readonly pageSize: number;
  /** Tasks of the run: a source's rate is for all of them together. */
  readonly tasks: number;
  readonly db: Db;
  readonly objects: Objects;
  readonly sqs: SQSClient;
  /** What the names of queues that are open to tenants begin with, before the tenant's part. */
  readonly sourceQueuePrefix: string;
  /** Where connections may go. */
  readonly mayConnect: AddressRule;
  /** Keeps a line for whoever watches the run: no record, no secret. A warning counts as one of its operator. */
  readonly log: OperatorLog;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly random: () => number;
  /**
   * Time and chance between attempts at a batch of messages.
   *
   * @default the machine's
   */
  readonly pacing?: Pacing;
  /** Hides the secrets that are in the flow; undefined when there are none. */
  readonly redaction: Redaction | undefined;
}
