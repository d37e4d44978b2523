import type { StageConfig } from '../config.ts';
import { readCdkSettings } from '../project/cdk-settings.ts';
import { AwsAccount, type AwsIdentity, findIdentity, findRegion } from './aws-account.ts';
import { checkAccount } from './check-account.ts';

/** Region of the CDK CLI if the environment has none. */
export const DEFAULT_REGION = 'us-east-1';

export interface TargetEnvironment extends Pick<AwsIdentity, 'credentials'> {
  /** Folder of the project. */
  readonly root: string;
  /** @default the home folder of the user */
  readonly home?: string;
  /** Environment variables. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** The account and the region in which the CDK CLI would act. */
export interface DeploymentTarget {
  /** Account of the credentials, or `undefined` if AWS did not say it. */
  readonly account: string | undefined;
  readonly region: string;
  /** Reason why the account is unknown. */
  readonly unknownBecause?: string;
}

/**
 * Finds the account of the credentials that the CDK CLI uses, by `GetCallerIdentity`, and the region of a stage. The metadata
 * service of EC2 is asked for credentials, and not for a region.
 *
 * @param passed arguments for the CDK CLI, of which `--profile` and `--region` matter
 */
export async function findDeploymentTarget(
  stage: Pick<StageConfig, 'region'>,
  { root, home, variables, now, credentials }: TargetEnvironment,
  passed: readonly string[] = [],
): Promise<DeploymentTarget> {
  const settings = readCdkSettings({ root, variables, passed, home });
  const region = stage.region ?? settings.region ?? (await findRegion(variables, settings.profile)) ?? DEFAULT_REGION;
  const identity = credentials ? { credentials } : findIdentity(variables, settings.profile);
  const { findings, accountId } = await checkAccount(new AwsAccount(region, variables, identity), identity, now);
  if (accountId !== undefined) return { account: accountId, region };
  const unknownBecause = findings.find(({ check }) => check === 'credentials')?.message ?? 'AWS did not answer';
  return { account: undefined, region, unknownBecause };
}

/**
 * Describes the target of a stage in one line.
 *
 * @throws Error if the account of the credentials is not that of the stage, or unknown although the stage has one
 */
export function describeTarget(
  { name, account }: Pick<StageConfig, 'name' | 'account'>,
  target: DeploymentTarget,
): string {
  const reason = target.unknownBecause;
  // guard: deploy.account
  if (account !== undefined && target.account !== account) {
    const found = target.account === undefined ? `are of an unknown account (${reason})` : `are of ${target.account}`;
    throw new Error(
      `The stage ${name} has the account ${account} in jobdeck.config.ts, but the credentials ${found}. Use credentials ` +
        'of that account: pass `-- --profile <name>`, or set AWS_PROFILE without AWS_ACCESS_KEY_ID.',
    );
  }
  return `Stage ${name}: account ${target.account ?? `unknown (${reason})`}, region ${target.region}`;
}
