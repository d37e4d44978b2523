import { join } from 'node:path';
import type { AwsCredentialIdentity, Provider } from '@aws-sdk/types';
import type { StageConfig } from '../config.ts';
import { readCdkSettings } from '../project/cdk-settings.ts';
import { WORK_FOLDER } from '../project/find-project.ts';
import { AwsAccount, findIdentity, findRegion } from './aws-account.ts';
import { checkAccount, checkRegion, checkStageAccounts } from './check-account.ts';
import { checkBootstrap } from './check-bootstrap.ts';
import { checkAccountConcurrency } from './check-concurrency.ts';
import { checkDependencies } from './check-dependencies.ts';
import { checkDynoxide } from './check-dynoxide.ts';
import { checkFolder } from './check-folder.ts';
import { checkNode, checkNpm } from './check-node.ts';
import { checkPort } from './check-port.ts';
import { checkProject } from './check-project.ts';
import { checkTypes } from './check-types.ts';
import { DEFAULT_REGION } from './deployment-target.ts';
import { type Finding, skipped } from './finding.ts';

/** The subjects of the checks. */
export interface DoctorEnvironment {
  /** The current folder. */
  readonly folder: string;
  /** Environment variables. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Version of Node.js that runs the command line. */
  readonly nodeVersion: string;
  /** Returns the version of npm, and throws if npm cannot be started. */
  readonly findNpmVersion: () => Promise<string>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** @default those that the CDK CLI uses */
  readonly credentials?: Provider<AwsCredentialIdentity>;
  /** @default the home folder of the user */
  readonly home?: string;
}

/** The region of the firewall: CloudFront accepts certificates and rules from there only. */
const EDGE_REGION = 'us-east-1';

/**
 * Checks everything that Jobdeck needs on this machine, in the project and in the AWS account. AWS is asked only with
 * credentials.
 *
 * @param stage the only stage to check; by default all that the project declares
 */
export async function runDoctor(environment: DoctorEnvironment, stage?: string): Promise<readonly Finding[]> {
  const { folder, variables, nodeVersion, findNpmVersion } = environment;
  const { findings, root, stages } = await checkProject(folder, stage);
  return [
    checkNode(nodeVersion),
    await checkNpm(findNpmVersion),
    ...findings,
    ...(root === undefined ? [] : [...checkDependencies(root), await checkTypes(root)]),
    ...(root === undefined ? [] : await checkFolder(join(root, WORK_FOLDER))),
    checkDynoxide(variables),
    await checkPort(variables),
    ...(await checkAws({ ...environment, folder: root ?? folder }, stages, stage !== undefined)),
  ];
}

async function checkAws(
  { folder, home, variables, now, credentials }: DoctorEnvironment,
  stages: readonly StageConfig[],
  isOnlyStage: boolean,
): Promise<readonly Finding[]> {
  const settings = readCdkSettings({ root: folder, variables, home });
  const identity = credentials ? { credentials } : findIdentity(variables, settings.profile);
  const found = settings.region ?? (await findRegion(variables, settings.profile));
  const regionOf = (stage: StageConfig) => stage.region ?? found ?? DEFAULT_REGION;
  const region = (isOnlyStage && stages[0]?.region) || (found ?? DEFAULT_REGION);
  const account = new AwsAccount(region, variables, identity);
  const { findings, accountId } = await checkAccount(account, identity, now);
  if (accountId === undefined) {
    const reason = 'needs valid credentials and a connection to AWS';
    return [...findings, ...['region', 'bootstrap', 'concurrency'].map((check) => skipped(check, reason))];
  }
  const reachable = stages.filter((stage) => stage.account === undefined || stage.account === accountId);
  const regions = new Set([
    ...(stages.length === 0 ? [account.region] : reachable.map(regionOf)),
    ...(reachable.some(({ edge }) => edge) ? [EDGE_REGION] : []),
  ]);
  const stagesOf = (region: string) => reachable.filter((stage) => regionOf(stage) === region);
  const concurrency = [...regions].map((region) => checkAccountConcurrency(account, stagesOf(region), region));
  return [
    ...findings,
    ...checkStageAccounts(stages, accountId, isOnlyStage),
    checkRegion(found, reachable),
    ...(await Promise.all([...regions].map((region) => checkBootstrap(account, accountId, region)))),
    ...(await Promise.all(concurrency)).flat(),
  ];
}
