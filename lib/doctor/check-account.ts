import type { StageConfig } from '../config.ts';
import { type AwsAccount, type AwsIdentity, errorCode } from './aws-account.ts';
import { type Finding, ok, problem, skipped, warning } from './finding.ts';

/** AWS rejects signatures that are older. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html */
const MAX_SKEW_SECONDS = 300;
const NOTABLE_SKEW_SECONDS = 30;

export interface AccountCheck {
  readonly findings: readonly Finding[];
  /** Id of the account, or `undefined` if AWS cannot be used. */
  readonly accountId?: string;
}

/**
 * Checks the region. The CDK CLI deploys a stage without a region to us-east-1 if the environment has none.
 *
 * @param region region of the environment
 */
export function checkRegion(region: string | undefined, stages: readonly StageConfig[] = []): Finding {
  const places = stages.map((stage) => `${stage.name} in ${stage.region ?? region}`);
  const isNeeded = stages.length === 0 || stages.some((stage) => stage.region === undefined);
  if (region !== undefined || !isNeeded) return ok('region', places.join(', ') || `${region}`);
  const remedy = 'set AWS_REGION, or region in jobdeck.config.ts';
  return warning('region', 'no region is set, and the AWS CDK would deploy to us-east-1', remedy);
}

/**
 * Checks that the stages with an account can be deployed with the credentials.
 *
 * @param accountId account of the credentials
 * @param isRequired another account is a problem; otherwise the stage is skipped, because stages may have several accounts
 */
export function checkStageAccounts(
  stages: readonly StageConfig[],
  accountId: string,
  isRequired: boolean,
): readonly Finding[] {
  return stages.flatMap(({ name, account }) => {
    if (account === undefined) return [];
    if (account === accountId) return [ok('account', `${name} has the account of the credentials`)];
    const message = `${name} has the account ${account}, and the credentials are of ${accountId}`;
    return [
      isRequired
        ? problem('account', message, 'set AWS_PROFILE, and unset AWS_ACCESS_KEY_ID')
        : skipped('account', message),
    ];
  });
}

/**
 * Checks the credentials by `GetCallerIdentity`, which needs no permission, and the clock by its response.
 *
 * @param identity the credentials of the account
 * @param now epoch milliseconds
 */
export async function checkAccount(
  account: AwsAccount,
  { profile }: AwsIdentity,
  now: () => number,
): Promise<AccountCheck> {
  try {
    await account.findCredentials();
  } catch (error) {
    const { message } = error as Error;
    const hasNone = message.includes('Could not load credentials from any providers') && !profile;
    const finding = hasNone
      ? skipped('credentials', 'no AWS credentials; a deployment needs them')
      : problem('credentials', message, 'sign in again, for example with `aws sso login`, or correct the profile');
    return { findings: [finding] };
  }
  const body = 'Action=GetCallerIdentity&Version=2011-06-15';
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  try {
    const response = await account.send({ service: 'sts', method: 'POST', path: '/', headers, body });
    const clock = checkClock(response.date, now());
    const accountId = findAccountId(response.body);
    if (response.status === 200 && accountId !== undefined) {
      return { findings: [ok('credentials', `account ${accountId}`), clock], accountId };
    }
    const finding = problem('credentials', `AWS rejects them (${errorCode(response)})`, 'renew them');
    return { findings: [finding, clock] };
  } catch (error) {
    const reason = (error as Error).name === 'TimeoutError' ? 'no answer within 5 s' : describe(error as Error);
    return {
      findings: [warning('credentials', `AWS cannot be reached: ${reason}`, 'check the network and the proxy')],
    };
  }
}

const describe = ({ message, cause }: Error) => (cause as NodeJS.ErrnoException | undefined)?.code ?? message;

function findAccountId(body: unknown): string | undefined {
  const { GetCallerIdentityResponse } = (body ?? {}) as {
    readonly GetCallerIdentityResponse?: { readonly GetCallerIdentityResult?: { readonly Account?: unknown } };
  };
  const id = GetCallerIdentityResponse?.GetCallerIdentityResult?.Account;
  return typeof id === 'string' ? id : undefined;
}

/**
 * Compares the clock with that of AWS.
 *
 * @param date header of a response in epoch milliseconds
 * @param now epoch milliseconds
 */
export function checkClock(date: number, now: number): Finding {
  if (Number.isNaN(date)) return skipped('clock', 'AWS sent no time');
  const seconds = Math.round(Math.abs(now - date) / 1_000);
  const message = `the clock is ${seconds} s ${now > date ? 'ahead of' : 'behind'} that of AWS`;
  const remedy = 'synchronize it with NTP';
  if (seconds >= MAX_SKEW_SECONDS) return problem('clock', message, remedy);
  if (seconds >= NOTABLE_SKEW_SECONDS) return warning('clock', message, remedy);
  return ok('clock', 'agrees with that of AWS');
}
