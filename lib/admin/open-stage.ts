import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SQSClient } from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { removeSchedule } from '../../functions/core/engine/registration/schedules.ts';
import { createOpen, createSeal } from '../../functions/core/platform/envelope.ts';
import { createKms, type Kms } from '../../functions/core/platform/kms.ts';
import { createQueues } from '../../functions/core/platform/queues.ts';
import { LOCAL_STAGE, stageConfig } from '../config.ts';
import { ENDPOINTS_FILE, localSettings } from '../local/settings.ts';
import { ACCOUNT, CREDENTIALS, REGION } from '../local/support/arn.ts';
import { readIfExists } from '../local/support/files.ts';
import { secretsKeyAlias } from '../secrets-key-alias.ts';
import type { AdminContext } from './admin-context.ts';
import { createTenantFiles } from './tenant-files.ts';

/** The stage does not exist or is not accessible. The message is for the user. */
export class UnknownStageError extends Error {
  override readonly name = 'UnknownStageError';
}

/** Clients of a stage and the identity that they use. */
interface StageConnection {
  readonly stage: string;
  readonly label: string;
  readonly actor: string;
  readonly account: string;
  readonly region: string;
  readonly clients: Clients;
  readonly kms: Kms;
  /** URL of the queues without their names. */
  readonly queuesUrl: string;
}

interface Clients {
  readonly dynamodb: DynamoDBClient;
  readonly s3: S3Client;
  readonly scheduler: SchedulerClient;
  readonly sqs: SQSClient;
}

/** An open stage. */
export interface OpenStage {
  readonly context: AdminContext;
  readonly close: () => void;
}

/**
 * Opens a deployed stage with the AWS credentials and region of the environment, or the local system if `stage` is
 * `undefined`. Resource names are derived from the stage name.
 *
 * @param restored suffix of restored tables, without the hyphen
 *
 * @throws UnknownStageError
 */
export async function openStage(
  stage: string | undefined,
  environment: NodeJS.ProcessEnv,
  reportProgress: (text: string) => void,
  restored?: string,
): Promise<OpenStage> {
  const connection =
    stage === undefined || stage === LOCAL_STAGE ? connectLocalStage(environment) : await connectDeployedStage(stage);
  const { clients } = connection;
  const config = findStageConfig(connection.stage);
  const prefix = `jobdeck-${connection.stage}`;
  const table = (name: string) => [prefix, name, ...(restored === undefined ? [] : [restored])].join('-');
  const keyArn = `arn:aws:kms:${connection.region}:${connection.account}:alias/${secretsKeyAlias(connection.stage)}`;
  const runsQueue = `${connection.queuesUrl}/${prefix}-runs`;
  const queues = createQueues(clients.sqs, {
    runs: runsQueue,
    ticks: '',
    notifications: '',
    sweeps: '',
    deadNotifications: '',
  });
  const envelopes = { kms: connection.kms, keyArn, now: Date.now };
  const operator: AdminContext = {
    stageLabel: connection.label,
    actor: connection.actor,
    db: {
      client: clients.dynamodb,
      tables: {
        jobs: table('jobs'),
        runs: table('runs'),
        records: table('records'),
        access: table('access'),
        counters: table('counters'),
        collections: table('collections'),
      },
    },
    sendRun: (run) => queues.sendRun(run),
    files: createTenantFiles(clients.s3, `${prefix}-files-${connection.account}-${connection.region}`),
    envelopes: { seal: createSeal(envelopes), open: createOpen(envelopes) },
    async removeSchedules(names) {
      for (const name of names) await removeSchedule(clients.scheduler, prefix, name);
    },
    defaultLimits: {
      ...config.tenantLimits,
      concurrentRuns: config.concurrentRuns,
      retentionDays: config.retentionDays,
      generation: 0,
    },
    now: Date.now,
    pause: sleep,
    reportProgress,
  };
  const close = () => {
    for (const client of Object.values(clients)) (client as { destroy(): void }).destroy();
  };
  return { context: operator, close };
}

function findStageConfig(stage: string) {
  try {
    return stageConfig(stage);
  } catch (error) {
    throw new UnknownStageError((error as Error).message);
  }
}

/** Connects to the local system through the endpoints file that it writes at startup. */
function connectLocalStage(environment: NodeJS.ProcessEnv): StageConnection {
  const { dataDir } = localSettings(environment);
  const text = readIfExists(join(dataDir, ENDPOINTS_FILE));
  if (text === undefined) {
    throw new UnknownStageError(
      `No local system is running in ${dataDir} (start one with npm start, in a project with npx jobdeck dev, or set JOBDECK_DATA). ` +
        'For a deployed stage, set --stage',
    );
  }
  const endpoints = JSON.parse(text) as Readonly<Record<'dynamodb' | 'sqs' | 'scheduler' | 'kms', string>>;
  const clientConfig = (endpoint: string) => ({ endpoint, region: REGION, credentials: CREDENTIALS });
  return {
    stage: LOCAL_STAGE,
    label: dataDir,
    actor: userInfo().username,
    account: ACCOUNT,
    region: REGION,
    clients: {
      dynamodb: new DynamoDBClient(clientConfig(endpoints.dynamodb)),
      s3: new S3Client({ ...clientConfig(endpoints.sqs), ...S3_OPTIONS, forcePathStyle: true }),
      scheduler: new SchedulerClient(clientConfig(endpoints.scheduler)),
      sqs: new SQSClient(clientConfig(endpoints.sqs)),
    },
    queuesUrl: `${endpoints.sqs}/${ACCOUNT}`,
    kms: createKms(clientConfig(endpoints.kms)),
  };
}

/** Streams have no checksum before they are sent. TLS and the content length protect their integrity. */
const S3_OPTIONS = {
  requestChecksumCalculation: 'WHEN_REQUIRED',
  responseChecksumValidation: 'WHEN_REQUIRED',
} as const;

async function connectDeployedStage(stage: string): Promise<StageConnection> {
  findStageConfig(stage);
  const sts = new STSClient({});
  try {
    const region = await sts.config.region();
    const { Account = '', Arn = '' } = await sts.send(new GetCallerIdentityCommand({}));
    return {
      stage,
      label: `${stage} (${Account}, ${region})`,
      actor: Arn,
      account: Account,
      region,
      clients: {
        dynamodb: new DynamoDBClient({}),
        s3: new S3Client(S3_OPTIONS),
        scheduler: new SchedulerClient({}),
        sqs: new SQSClient({}),
      },
      queuesUrl: `https://sqs.${region}.amazonaws.com/${Account}`,
      kms: createKms(),
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UnknownStageError(`The stage ${stage} needs AWS credentials and a region: ${why}`);
  } finally {
    sts.destroy();
  }
}
