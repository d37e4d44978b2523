import {
  type AccountSettings,
  checkConcurrency,
  parseAccountSettings,
  stageConcurrency,
} from '../account-concurrency.ts';
import type { StageConfig } from '../config.ts';
import { type AwsAccount, errorCode } from './aws-account.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

const QUOTA_REQUEST =
  'aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 --desired-value';

/**
 * Compares the Lambda concurrency of the account in a region with the settings of each stage there.
 *
 * @param region by default that of the account
 */
export async function checkAccountConcurrency(
  account: AwsAccount,
  stages: readonly StageConfig[],
  region = account.region,
): Promise<readonly Finding[]> {
  if (stages.length === 0) return [];
  const response = await account
    .send({ service: 'lambda', method: 'GET', path: '/2016-08-19/account-settings', region })
    .catch((error: unknown) => error as Error);
  const unreadable = (reason: string) =>
    warning('concurrency', `the quota of Lambda cannot be read (${reason})`, 'allow lambda:GetAccountSettings');
  if (response instanceof Error) return [unreadable(response.message)];
  if (response.status !== 200) return [unreadable(errorCode(response))];
  let settings: AccountSettings;
  try {
    settings = parseAccountSettings(JSON.stringify(response.body));
  } catch (error) {
    return [unreadable((error as Error).message)];
  }
  return stages.map((stage) => {
    const { isSufficient, use, neededQuota } = checkConcurrency(stageConcurrency(stage), settings);
    const message = `${stage.name}: ${use}`;
    if (isSufficient) return ok('concurrency', message);
    const remedy = `${QUOTA_REQUEST} ${neededQuota}, or reduce workers, dispatchers, deliverers and sweepers`;
    return problem('concurrency', `${message}, too many beside the API`, remedy);
  });
}
