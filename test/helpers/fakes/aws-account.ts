import { AwsAccount } from '../../../lib/doctor/aws-account.ts';
import { startHttpServer } from './http-server.ts';

export const ACCOUNT_ID = '123456789012';
/** A secret that no output may contain. */
export const SECRET_KEY = 'secret-access-key-of-the-test';

export interface FakeAccount {
  /** Status and body of each operation. */
  readonly identity?: readonly [status: number, body: unknown];
  readonly bootstrap?: readonly [status: number, body: unknown];
  readonly settings?: readonly [status: number, body: unknown];
  /** Milliseconds that the clock of AWS is ahead. */
  readonly aheadMs?: number;
}

const IDENTITY = { GetCallerIdentityResponse: { GetCallerIdentityResult: { Account: ACCOUNT_ID } } };

export const bootstrapVersion = (version: number) => [200, { Parameter: { Value: `${version}` } }] as const;
export const concurrency = (executions: number) =>
  [200, { AccountLimit: { UnreservedConcurrentExecutions: executions } }] as const;

export const credentials = async () => ({ accessKeyId: 'AKIATEST', secretAccessKey: SECRET_KEY });

/** Starts the three services of AWS that the doctor asks, on the loopback interface. */
export async function startAwsAccount(responses: FakeAccount = {}) {
  const {
    identity = [200, IDENTITY],
    bootstrap = bootstrapVersion(21),
    settings = concurrency(1_000),
    aheadMs = 0,
  } = responses;
  const server = await startHttpServer((request, response) => {
    const target = request.headers['x-amz-target'];
    const isSettings = request.url === '/2016-08-19/account-settings';
    const [status, body] = target === 'AmazonSSM.GetParameter' ? bootstrap : isSettings ? settings : identity;
    response.writeHead(status, { date: new Date(Date.now() + aheadMs).toUTCString() }).end(JSON.stringify(body));
  });
  const variables = {
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL_STS: server.url,
    AWS_ENDPOINT_URL_SSM: server.url,
    AWS_ENDPOINT_URL_LAMBDA: server.url,
  };
  return { ...server, variables, account: new AwsAccount('eu-west-1', variables, { credentials }) };
}
