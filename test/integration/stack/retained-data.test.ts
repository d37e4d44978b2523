import { describe, expect, it } from 'vitest';
import { stageConfig } from '../../../lib/config.ts';
import { describeRetained } from '../../../lib/project/retained-data.ts';
import { synth } from '../../helpers/stack/synth.ts';

const prod = await synth('prod');

describe('describeRetained', () => {
  const text = describeRetained(stageConfig('prod'));

  const retained = prod.resources.filter(
    ({ DeletionPolicy }) => DeletionPolicy !== undefined && DeletionPolicy !== 'Delete',
  );
  const names = retained.flatMap(({ Type, Properties }) => {
    if (Type === 'AWS::DynamoDB::Table') return [Properties.TableName];
    return Type === 'AWS::S3::Bucket' ? [String(Properties.BucketName).replace(/-\d{12}-.*/, '')] : [];
  });
  it.each(names)('names the retained %s', (name) => {
    expect(text).toContain(String(name));
  });

  it('names the users, the key of secrets and the protected stack', () => {
    expect(text).toMatch(/user pool jobdeck-prod with its users/);
    expect(text).toContain('alias/jobdeck-prod-secrets');
    expect(text).toMatch(/--no-enable-termination-protection --stack-name jobdeck-prod-data$/);
  });

  it('names no users of another issuer', () => {
    const identity = { issuer: 'https://login.test', audience: 'a', tenantClaim: 't', rolesClaim: 'r' };

    expect(describeRetained(stageConfig('prod', { identity }))).not.toContain('user pool');
  });

  it('warns that an unprotected stage is deleted with its data', () => {
    expect(describeRetained(stageConfig('dev'))).toMatch(/has no protectData: its tables, files, users .* are deleted/);
  });
});
