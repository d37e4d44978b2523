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
  }),
);

/** What the AwsSolutions pack finds in an app, as `rule: construct`. */
function findings(app: App): readonly string[] {
  const pack = new AwsSolutionsChecks(app);
  return (pack.validateScope(app).violations ?? []).flatMap(({ ruleName, violatingResources }) =>
    violatingResources.map(({ constructPath }) => `${ruleName}: ${constructPath}`),
  );
}

test('the AwsSolutions pack passes during synthesis', { timeout: 60_000 }, () => {
  Validations.of(withCognito.app).addPlugins(new AwsSolutionsChecks(withCognito.app));
  expect(() => withCognito.app.synth()).not.toThrow();
});

test('the AwsSolutions pack finds nothing, with a user pool or with an issuer that exists', () => {
  expect(findings(withCognito.app)).toEqual([]);
  expect(findings(withIssuer.app)).toEqual([]);
});

test('the pack does find what is wrong', () => {
  const app = new App({ outdir: temporaryFolderOfFile() });
  new Queue(new Stack(app, 'wrong'), 'Plain');
  expect(findings(app)).toContainEqual(expect.stringMatching(/^AwsSolutions-SQS4: wrong\/Plain/));
});
