import { App, Stack, Validations } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks } from 'cdk-nag';
import { expect, test } from 'vitest';
import { stageConfig } from '../../../lib/config.ts';
import { build, temporaryFolderOfFile } from '../../helpers/stack/synth.ts';

const withCognito = await build('prod');
const withIssuer = await build(
  stageConfig('acme', {
    identity: {
      issuer: 'https://login.example.test',
      audience: 'jobdeck',
      tenantClaim: 'https://example.test/tenant',
      rolesClaim: 'roles',
    },
    alarmEmail: 'oncall@example.test',
    provisionedCapacity: { minUnits: 1, maxUnits: 100 },
  }),
);

/** Findings of the AwsSolutions pack for an app, as `rule: construct`. */
function findings(app: App): readonly string[] {
  const pack = new AwsSolutionsChecks(app);
  return (pack.validateScope(app).violations ?? []).flatMap(({ ruleName, violatingResources }) =>
    violatingResources.map(({ constructPath }) => `${ruleName}: ${constructPath}`),
  );
}

test('passes the AwsSolutions pack during synthesis', () => {
  Validations.of(withCognito.app).addPlugins(new AwsSolutionsChecks(withCognito.app));
  expect(() => withCognito.app.synth()).not.toThrow();
});

test('has no AwsSolutions findings with a user pool and with an existing issuer', () => {
  expect(findings(withCognito.app)).toEqual([]);
  expect(findings(withIssuer.app)).toEqual([]);
});

test('reports a finding for a faulty construct', () => {
  const app = new App({ outdir: temporaryFolderOfFile() });
  new Queue(new Stack(app, 'wrong'), 'Plain');
  expect(findings(app)).toContainEqual(expect.stringMatching(/^AwsSolutions-SQS4: wrong\/Plain/));
});
