import { type AwsAccount, errorCode } from './aws-account.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

/** Version of the bootstrap stack that the templates need: `requiresBootstrapStackVersion` of the cloud assembly. */
export const MIN_BOOTSTRAP_VERSION = 6;

/** The default parameter of https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html */
const PARAMETER = '/cdk-bootstrap/hnb659fds/version';

/** Checks that `cdk bootstrap` has prepared a region of the account. */
export async function checkBootstrap(account: AwsAccount, accountId: string, region: string): Promise<Finding> {
  const remedy = `npx cdk bootstrap aws://${accountId}/${region}`;
  const response = await account
    .send({
      service: 'ssm',
      method: 'POST',
      path: '/',
      region,
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AmazonSSM.GetParameter' },
      body: JSON.stringify({ Name: PARAMETER }),
    })
    .catch((error: unknown) => error as Error);
  if (response instanceof Error) return warning('bootstrap', `SSM cannot be reached: ${response.message}`, 'try again');
  if (response.status === 200) {
    const { Parameter } = (response.body ?? {}) as { readonly Parameter?: { readonly Value?: unknown } };
    const version = Number(Parameter?.Value);
    if (version >= MIN_BOOTSTRAP_VERSION) return ok('bootstrap', `version ${version} in ${region}`);
    return problem('bootstrap', `${region} has version ${version}, and ${MIN_BOOTSTRAP_VERSION} is needed`, remedy);
  }
  const code = errorCode(response);
  if (code === 'ParameterNotFound') return problem('bootstrap', `${region} is not bootstrapped`, remedy);
  return warning(
    'bootstrap',
    `${PARAMETER} cannot be read (${code})`,
    'allow ssm:GetParameter, or look at the stack CDKToolkit',
  );
}
