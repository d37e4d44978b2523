import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { StageConfig } from './config.ts';
import { readAssembly } from './local/template/assembly.ts';

/** The part of `aws lambda get-account-settings` that limits a stage. */
export interface AccountSettings {
  readonly AccountLimit: {
    /** Concurrent executions of all functions of the account and region, except for those that others reserve. */
    readonly UnreservedConcurrentExecutions: number;
  };
}

/** The comparison of a stage with the account's quota. */
export interface ConcurrencyCheck {
  readonly isSufficient: boolean;
  /** The numbers, one sentence without a full stop. */
  readonly use: string;
  /** The quota to request if the present one is not sufficient. */
  readonly neededQuota: number;
  /** One sentence for the operator. */
  readonly message: string;
}

/**
 * Concurrent executions that queues must leave to the API, the stream readers and the crons: the number that Lambda
 * itself keeps unreserved.
 * https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html
 */
export const OTHER_FUNCTIONS = 100;

/** Concurrent executions for the six queues of dead letters, 2 for each. */
const DEAD_LETTER_QUEUES = 12;

/** Quota that most accounts have, and new accounts do not. */
const USUAL_QUOTA = 1_000;

/**
 * Returns the number of concurrent executions that the queues of a stage may use.
 *
 * @param folder cloud assembly of the stage, the output folder of `cdk synth`
 *
 * @throws Error if the folder is not a cloud assembly
 */
export function queueConcurrency(folder: string): number {
  if (!existsSync(join(folder, 'manifest.json'))) {
    throw new Error(`${folder} is not the output folder of cdk synth. Run it first: npx cdk synth --quiet -c stage=…`);
  }
  const mappings = readAssembly(folder)
    .flatMap(({ resources }) => Object.values(resources))
    .filter(({ Type }) => Type === 'AWS::Lambda::EventSourceMapping');
  const maxima = mappings.map(({ Properties }) => Properties?.ScalingConfig as ScalingConfig | undefined);
  return maxima.reduce((total, config) => total + (config?.MaximumConcurrency ?? 0), 0);
}

/** Returns the number of concurrent executions that the queues of a stage may use, from its settings. */
export const stageConcurrency = ({ workers, dispatchers, deliverers, sweepers }: StageConfig): number =>
  workers + dispatchers + deliverers + sweepers + DEAD_LETTER_QUEUES;

interface ScalingConfig {
  readonly MaximumConcurrency?: number;
}

/**
 * Parses the output of `aws lambda get-account-settings`.
 *
 * @throws Error that names the missing field
 */
export function parseAccountSettings(text: string): AccountSettings {
  let settings: Partial<AccountSettings> | null;
  try {
    settings = JSON.parse(text) as Partial<AccountSettings> | null;
  } catch (error) {
    throw new Error('The input must be the output of `aws lambda get-account-settings`, which is JSON.', {
      cause: error,
    });
  }
  const limit = settings?.AccountLimit?.UnreservedConcurrentExecutions;
  if (typeof limit === 'number') return { AccountLimit: { UnreservedConcurrentExecutions: limit } };
  throw new Error(
    `AccountLimit.UnreservedConcurrentExecutions must be a number, got ${JSON.stringify(limit)}. ` +
      'The input must be the output of `aws lambda get-account-settings`.',
  );
}

/**
 * Compares the queues of a stage with the account's quota.
 *
 * @param queues number of concurrent executions that the queues may use
 */
export function checkConcurrency(queues: number, { AccountLimit }: AccountSettings): ConcurrencyCheck {
  const quota = AccountLimit.UnreservedConcurrentExecutions;
  const rest = quota - queues;
  const isSufficient = rest >= OTHER_FUNCTIONS;
  const use = `The queues of the stage may use ${queues} of ${quota} concurrent executions`;
  const neededQuota = Math.max(USUAL_QUOTA, queues + OTHER_FUNCTIONS);
  const message = isSufficient
    ? `${use}. ${rest} remain for the API and other functions.`
    : `${use}, and the API and other functions need ${OTHER_FUNCTIONS}. Request a quota of ${neededQuota}, or reduce ` +
      'workers, dispatchers, deliverers and sweepers in lib/config.ts.';
  return { isSufficient, use, neededQuota, message };
}
