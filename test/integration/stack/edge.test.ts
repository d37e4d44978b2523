import { runInNewContext } from 'node:vm';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, test } from 'vitest';
import { surfaces } from '../../../functions/api/surfaces.ts';
import { Env } from '../../../functions/core/platform/env-names.ts';
import { stageConfig } from '../../../lib/config.ts';
import { environment, synth } from '../../helpers/stack/synth.ts';

const prod = await synth('prod');
const behindEdge = await synth(stageConfig('acme', { edge: { requestsPerFiveMinutesPerIp: 2_000 } }));

const SECRET = expect.stringContaining('{{resolve:secretsmanager:') as string;

interface Distribution {
  readonly DistributionConfig: {
    readonly Origins: readonly { readonly OriginCustomHeaders: readonly { readonly HeaderValue: string }[] }[];
  };
}

describe('EdgeStack', () => {
  test('blocks addresses with too many requests by a firewall in the region of CloudFront', () => {
    const acl = behindEdge.only('AWS::WAFv2::WebACL');

    expect(acl).toMatchObject({
      Scope: 'CLOUDFRONT',
      DefaultAction: { Allow: {} },
      Rules: [
        {
          Statement: { RateBasedStatement: { Limit: 2_000, EvaluationWindowSec: 300, AggregateKeyType: 'IP' } },
          Action: { Block: { CustomResponse: { ResponseCode: 429 } } },
        },
      ],
    });
    const stack = behindEdge.app.synth().getStackByName('jobdeck-acme-edge');
    expect(stack.environment.region).toBe('us-east-1');
    const api = behindEdge.app.synth().getStackByName('jobdeck-acme-api');
    expect(api.dependencies.map(({ id }) => id)).toContain(stack.id);
  });

  test('has a distribution that uses the firewall, caches nothing and sends the secret to the API', () => {
    const { DistributionConfig: config } = behindEdge.only('AWS::CloudFront::Distribution');

    expect(config).toMatchObject({
      // https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
      DefaultCacheBehavior: {
        CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
        OriginRequestPolicyId: 'b689b0a8-53d0-40ab-baf2-68738e2966ac',
        ViewerProtocolPolicy: 'https-only',
        AllowedMethods: expect.arrayContaining(['DELETE', 'PATCH', 'POST', 'PUT']) as unknown,
      },
      Origins: [
        {
          CustomOriginConfig: { OriginProtocolPolicy: 'https-only', OriginReadTimeout: 30 },
          OriginCustomHeaders: [{ HeaderName: 'x-jobdeck-edge', HeaderValue: SECRET }],
        },
      ],
    });
    // The helper resolves the reference to the stack of the firewall.
    expect(config).toMatchObject({ WebACLId: 'WebAcl.Arn' });
  });

  test('refuses direct requests in every function of the API and of the console', () => {
    const { DistributionConfig } = behindEdge.only('AWS::CloudFront::Distribution') as unknown as Distribution;
    const sent = DistributionConfig.Origins[0]?.OriginCustomHeaders[0]?.HeaderValue;

    for (const name of [...surfaces.map((surface) => `api-${surface.name}`), 'console']) {
      expect(environment(behindEdge.fn(name))[Env.edgeSecret]).toEqual(sent);
    }
    expect(sent).toEqual(SECRET);
  });

  test('publishes the URL of the distribution, to which the sign-in page redirects', () => {
    const { ApiUrl, ConsoleUrl } = behindEdge.outputs;

    expect(String(ApiUrl)).not.toContain('execute-api');
    expect(ConsoleUrl).toBe(`${String(ApiUrl)}/console`);
    expect(behindEdge.only('AWS::Cognito::UserPoolClient').CallbackURLs).toEqual([
      expect.stringContaining(`${String(ApiUrl)}/`),
    ]);
  });

  test('sets the address of the client, whatever the client claims', () => {
    const { FunctionCode } = behindEdge.only('AWS::CloudFront::Function');
    // CloudFront calls the function `handler` of the source.
    const handler = runInNewContext(`${String(FunctionCode)}; handler`) as (event: unknown) => unknown;
    const headers = { 'x-jobdeck-viewer-address': { value: '10.0.0.1' }, accept: { value: '*/*' } };

    expect(handler({ viewer: { ip: '203.0.113.7' }, request: { method: 'GET', headers } })).toEqual({
      method: 'GET',
      headers: { 'x-jobdeck-viewer-address': { value: '203.0.113.7' }, accept: { value: '*/*' } },
    });
  });

  test('has no findings of the AwsSolutions pack', () => {
    const { violations } = new AwsSolutionsChecks(behindEdge.app).validateScope(behindEdge.app);

    expect(violations.map(({ ruleName }) => ruleName)).toEqual([]);
  });
});

test('leaves out distribution, firewall and secret in a stage without an edge', () => {
  expect(prod.resources.filter(({ Type }) => /CloudFront|WAFv2|SecretsManager/.test(Type))).toEqual([]);
  expect(environment(prod.fn('console'))).not.toHaveProperty(Env.edgeSecret);
});
