import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Stack, type Stage, Tags } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { parseTenantId } from '../../functions/core/domain/tenant.ts';
import { readKnownScripts } from '../../functions/core/platform/known-scripts.ts';
import { tenantFolder } from '../../functions/core/store/keys.ts';
import type { Bundles } from '../bundle.ts';
import { VALIDATING_FUNCTION } from '../bundle-scripts.ts';
import { bundleSync } from '../bundle-sync.ts';
import { type StageSettings, stageConfig } from '../config.ts';
import { projectRoot } from '../project-root.ts';
import { ApiStack } from '../stacks/api.ts';
import { CountersStack } from '../stacks/counters.ts';
import { DataStack } from '../stacks/data.ts';
import { EdgeStack } from '../stacks/edge.ts';
import { NotifyStack } from '../stacks/notify.ts';
import { ObserveStack } from '../stacks/observe.ts';
import { ScheduleStack } from '../stacks/schedule.ts';
import { WorkStack } from '../stacks/work.ts';
import { validatePlace } from './platform-stack-props.ts';
import { ScriptRoles } from './script-roles.ts';

/** Properties of `Jobdeck`: its name and scripts, and the settings of a stage. */
export interface JobdeckProps extends StageSettings {
  /**
   * Name of the stage, part of the names of all resources: 2–12 of `a–z 0–9`, a letter first. Unique within an account
   * and region.
   */
  readonly stage: string;
  /**
   * Folder of the scripts, relative to the working directory: each `.ts` file directly in it is a script.
   *
   * @defaultValue `./scripts`
   */
  readonly scripts?: string;
  /**
   * Topic that the alarms notify. Its policy must let CloudWatch publish, as the default policy of a topic does.
   *
   * @defaultValue a new topic
   */
  readonly alarmsTopic?: sns.ITopic;
  /**
   * Existing bundles, instead of `scripts`.
   *
   * @internal
   */
  readonly bundles?: Bundles;
}

/** The tables of a stage. Their items may change with each version of Jobdeck: read them for analyses only. */
export interface JobdeckTables {
  /** Definitions of jobs. */
  readonly jobs: dynamodb.Table;
  /** Runs and skipped ticks. */
  readonly runs: dynamodb.Table;
  /** Data of runs: output, errors, tasks, checkpoints. */
  readonly records: dynamodb.Table;
  /** Tenants, limits, API keys, secrets and the audit trail. */
  readonly access: dynamodb.Table;
  /** Counters of runs. */
  readonly counters: dynamodb.Table;
  /** Collections that flows write. */
  readonly collections: dynamodb.Table;
}

/** The queues of a stage. */
export interface JobdeckQueues {
  /** Ticks of schedules that wait for the dispatcher. */
  readonly ticks: sqs.IQueue;
  /** Runs and slices of flows that wait for a worker. */
  readonly runs: sqs.IQueue;
  /** Notifications that wait for their delivery. */
  readonly notifications: sqs.IQueue;
  /** Tenants that wait for the sweeper. */
  readonly sweeps: sqs.IQueue;
}

/**
 * The platform of one stage, as part of any CDK app. It consists of several stacks, `jobdeck-<stage>-<part>`, because
 * CloudFormation limits the resources of a stack. They have the account and region of the stack around the construct; without
 * such a stack those of its props.
 *
 * @example
 * const jobs = new Jobdeck(this, 'Jobs', { stage: 'prod', scripts: './scripts' });
 * new CfnOutput(this, 'JobsUrl', { value: jobs.apiUrl });
 */
export class Jobdeck extends Construct {
  /** Name of the stage. */
  readonly stage: string;
  /** URL of the API without a trailing slash. */
  readonly apiUrl: string;
  /** URL of the console. */
  readonly consoleUrl: string;
  /** Issuer of the tokens that the API accepts. */
  readonly issuer: string;
  /** Id of the user pool, or `undefined` with an issuer of your own. */
  readonly userPoolId: string | undefined;
  /** Id of the user pool's client, or `undefined` with an issuer of your own. */
  readonly userPoolClientId: string | undefined;
  readonly tables: JobdeckTables;
  readonly queues: JobdeckQueues;
  /** Bucket with the files of tenants and the state of flow runs. */
  readonly bucket: s3.Bucket;
  /** Topic that the alarms notify. */
  readonly alarmsTopic: sns.ITopic;
  readonly #platformStacks: readonly Stack[];
  readonly #scriptRoles: ScriptRoles;

  /** @throws Error that names an invalid setting, its range and the received value; or with the errors of a script */
  constructor(scope: Construct, id: string, props: JobdeckProps) {
    super(scope, id);
    setFeatureFlags(this);
    const { stage, scripts = './scripts', bundles: existing, alarmsTopic, ...settings } = props;
    const config = stageConfig(stage, settings);
    validatePlace(this, config);
    const bundles = existing ?? bundleScriptsOf(this, scripts);
    const stackId = (part: string) => `jobdeck-${config.name}-${part}`;

    const data = new DataStack(this, stackId('data'), { config });
    const work = new WorkStack(this, stackId('work'), { config, bundles, data });
    const notify = new NotifyStack(this, stackId('notify'), { config, bundles, data, work });
    const schedule = new ScheduleStack(this, stackId('schedule'), { config, bundles, data, work, notify });
    const counters = new CountersStack(this, stackId('counters'), { config, bundles, data, schedule });
    const firewall = config.edge && new EdgeStack(this, stackId('edge'), { config, edge: config.edge });
    const api = new ApiStack(this, stackId('api'), { config, bundles, data, work, notify, firewall });
    const observe = new ObserveStack(this, stackId('observe'), {
      config,
      work,
      notify,
      schedule,
      counters,
      api,
      alarmsTopic,
    });
    this.#scriptRoles = new ScriptRoles(this, 'Scripts', {
      config,
      scripts: readKnownScripts(pathToFileURL(`${bundles.folder(VALIDATING_FUNCTION)}/`)),
      worker: work.worker,
      api: api.runner,
    });
    Tags.of(this).add('jobdeck:stage', config.name);

    this.stage = config.name;
    this.apiUrl = api.url;
    this.consoleUrl = `${api.url}/console`;
    this.issuer = api.identity.issuer;
    this.userPoolId = api.identity.pool?.userPoolId;
    this.userPoolClientId = api.identity.pool?.clientId;
    this.tables = {
      jobs: data.jobs.table,
      runs: data.runs.table,
      records: data.records.table,
      access: data.access.table,
      counters: data.counters.table,
      collections: data.collections.table,
    };
    this.queues = {
      ticks: work.ticks,
      runs: work.runs,
      notifications: notify.notifications,
      sweeps: schedule.sweeps,
    };
    this.bucket = data.files.bucket;
    this.alarmsTopic = observe.alarmsTopic;
    this.#platformStacks = [data, work, notify, schedule, counters, ...(firewall ? [firewall] : []), api, observe];
  }

  /**
   * The stacks, in the order of their deployment. The stack of the roles of scripts is the last one; it exists after the
   * first call of `script` if the construct is not in a stack.
   */
  get stacks(): readonly Stack[] {
    const { ownStack } = this.#scriptRoles;
    return ownStack ? [...this.#platformStacks, ownStack] : this.#platformStacks;
  }

  /**
   * Returns the role of a script, to which resources of the app can be granted. Each run of the script, and no other run,
   * receives short-lived credentials of the role in the variables `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and
   * `AWS_SESSION_TOKEN`, with `AWS_REGION`. The session has the tag `tenant`, which policies may use as
   * `aws:PrincipalTag/tenant`. Scripts without a call of this method have no credentials.
   *
   * @example
   * bucket.grantRead(jobs.script('sync-orders'));
   *
   * @param name file name of the script, without its extension
   * @throws Error if there is no such script
   */
  script(name: string): iam.IRole {
    return this.#scriptRoles.roleOf(name);
  }

  /**
   * Grants reading and listing the files of a tenant, `data/<tenant>/` in the bucket, which flows read and write.
   *
   * @throws Error if the tenant id is invalid
   */
  grantReadFiles(grantee: iam.IGrantable, tenant: string): iam.Grant {
    const files = `${filesOf(tenant)}*`;
    return iam.Grant.addToPrincipal({
      grantee,
      actions: ['s3:ListBucket'],
      resourceArns: [this.bucket.bucketArn],
      conditions: { StringLike: { 's3:prefix': files } },
    }).combine(this.#grantFiles(grantee, files, 's3:GetObject'));
  }

  /**
   * Grants writing files of a tenant, for example of the source of a flow.
   *
   * @throws Error if the tenant id is invalid
   */
  grantWriteFiles(grantee: iam.IGrantable, tenant: string): iam.Grant {
    return this.#grantFiles(grantee, `${filesOf(tenant)}*`, 's3:PutObject');
  }

  #grantFiles(grantee: iam.IGrantable, pattern: string, action: string): iam.Grant {
    return iam.Grant.addToPrincipal({
      grantee,
      actions: [action],
      resourceArns: [this.bucket.arnForObjects(pattern)],
    });
  }
}

function filesOf(tenant: string): string {
  const id = parseTenantId(tenant);
  if (id === undefined) throw new Error(`Jobdeck: a tenant must be 1–64 of A–Z a–z 0–9 _ -, got '${tenant}'.`);
  return tenantFolder(id);
}

/**
 * Sets the feature flags with which the stacks are developed and tested, where the app does not set them. References
 * between the stacks are always weak: a strong one would prevent the removal of the function that it names.
 */
function setFeatureFlags({ node }: Construct): void {
  const { context } = JSON.parse(readFileSync(join(projectRoot, 'cdk.json'), 'utf8')) as {
    readonly context: Readonly<Record<string, unknown>>;
  };
  for (const [flag, value] of Object.entries(context)) {
    if (flag === CROSS_STACK_REFERENCES || node.tryGetContext(flag) === undefined) node.setContext(flag, value);
  }
}

const CROSS_STACK_REFERENCES = '@aws-cdk/core:defaultCrossStackReferences';

/** Bundles the functions with the scripts of a folder, into the output folder of the app. */
function bundleScriptsOf(scope: Construct, folder: string): Bundles {
  const root = process.cwd();
  const absolute = resolve(root, folder);
  if (!existsSync(absolute)) throw new Error(`Jobdeck: scripts must be a folder, got '${folder}' (${absolute}).`);
  const name = createHash('sha256').update(absolute).digest('hex').slice(0, 12);
  const { outdir } = scope.node.root as Stage;
  return bundleSync(join(resolve(outdir), 'bundles', name), { root, folders: [absolute] });
}
