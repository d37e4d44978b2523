import { describe, expect, it } from 'vitest';
import { findStackName, optionValue } from '../../../../lib/project/cdk-passed-arguments.ts';

describe('findStackName', () => {
  it.each([
    [['jobdeck-prod-observe']],
    [['--require-approval', 'never', 'jobdeck-prod-observe']],
    [['--exclusively', 'jobdeck-prod-observe']],
    [['--require-approval=never', 'jobdeck-prod-observe']],
    [['--profile', 'ops', '-ef', 'jobdeck-prod-observe']],
    [['--unknown', 'jobdeck-prod-observe']],
    [['--all=false', 'jobdeck-prod-observe']],
  ])('finds the name of a stack in %j', (passed) => {
    expect(findStackName(passed)).toBe('jobdeck-prod-observe');
  });

  it('counts -- as a name, because all arguments after it are names', () => {
    expect(findStackName(['--', '--force'])).toBe('--');
  });

  it.each([
    [[]],
    [['--require-approval', 'never', '--verbose']],
    [['--requireApproval', 'never']],
    [['-O', 'outputs.json', '-c', 'key=value', '-E', 'a', '--rollback', 'false']],
    [['--hotswapEcsMinimumHealthyPercent', '50', '--concurrency=4']],
  ])('finds none in %j', (passed) => {
    expect(findStackName(passed)).toBeUndefined();
  });
});

describe('optionValue', () => {
  it('returns the last value of an option in both forms', () => {
    expect(optionValue(['--profile', 'a', '--profile=b'], 'profile')).toBe('b');
    expect(optionValue(['--profiles=a'], 'profile')).toBeUndefined();
  });
});
