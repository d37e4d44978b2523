import type { StageConfig } from '../config.ts';
import { optionValue } from '../project/cdk-passed-arguments.ts';
import { AwsAccount, type AwsIdentity, findRegion } from './aws-account.ts';
import { checkAccount } from './check-account.ts';

/** Region of the CDK CLI if the environment has none. */
export const DEFAULT_REGION = 'us-east-1';

export interface TargetEnvironment extends Pick<AwsIdentity, 'credentials'> {
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
 * Finds the account of the credentials that the CDK CLI uses, by `GetCallerIdentity`, and the region of a stage.
 *
 * @param passed arguments for the CDK CLI, of which `--profile` and `--region` matter
 */
export async function findDeploymentTarget(
  stage: Pick<StageConfig, 'region'>,
  { variables, now, credentials }: TargetEnvironment,
  passed: readonly string[] = [],
): Promise<DeploymentTarget> {
  const profile = optionValue(passed, 'profile');
  const region =
    stage.region ?? optionValue(passed, 'region') ?? (await findRegion(variables, profile)) ?? DEFAULT_REGION;
  const aws = new AwsAccount(region, variables, { credentials, profile });
  const { findings, accountId } = await checkAccount(
    aws,
    { ...variables, ...(profile && { AWS_PROFILE: profile }) },
    now,
  );
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
        'of that account: set AWS_PROFILE, or pass `-- --profile <name>`.',
    );
  }
  return `Stage ${name}: account ${target.account ?? `unknown (${reason})`}, region ${target.region}`;
}
