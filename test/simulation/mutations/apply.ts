import type { Mutation } from './mutation.ts';

const inPlan = (named: string) => ({ file: 'test/unit/lib/apply/plan.test.ts', named });
const inExecution = (named: string) => ({ file: 'test/unit/lib/apply/execute-plan.test.ts', named });
const inTokens = (named: string) => ({ file: 'test/unit/lib/cli/tenant-token.test.ts', named });
const inTarget = (named: string) => ({ file: 'test/unit/lib/doctor/deployment-target.test.ts', named });
const inPassed = (named: string) => ({ file: 'test/unit/lib/project/cdk-passed-arguments.test.ts', named });
const inCache = (named: string) => ({ file: 'test/unit/lib/local/build-cache.test.ts', named });
const inCommand = (named: string) => ({ file: 'test/integration/contract/apply.test.ts', named });

const inImport = (named: string) => ({ file: 'test/unit/lib/apply/crontab-credentials.property.test.ts', named });

/** Guards that protect jobs from `jobdeck apply`, accounts from `jobdeck deploy`, and credentials from `jobdeck import`. */
export const APPLY_MUTATIONS: readonly Mutation[] = [
  {
    guard: 'import.credential.line',
    as: 'false',
    head: true,
    why: 'writes no text of a line that may hold a credential',
    test: inImport('writes no credential of'),
  },
  {
    guard: 'import.credential.comment',
    as: 'false',
    head: true,
    why: 'writes no comment that may hold a credential',
    test: inImport('writes no credential of'),
  },
  {
    guard: 'import.credential.url',
    why: 'writes no URL that may hold a credential',
    test: inImport('writes no credential of'),
  },
  {
    guard: 'import.credential.body',
    why: 'writes no body that may hold a credential',
    test: inImport('writes no credential of'),
  },
  {
    guard: 'apply.prune.managed',
    as: 'true',
    head: true,
    why: 'deletes jobs of the project only',
    test: inPlan('deletes no job of another project'),
  },
  {
    guard: 'apply.prune.hook',
    as: 'true',
    why: 'deletes hooks of the project only',
    test: {
      file: 'test/unit/lib/apply/hook-plan.test.ts',
      named: 'deletes hooks of the project only, and only if undeclared ones are pruned',
    },
  },
  {
    guard: 'apply.prune.copy',
    why: 'deletes no copy of a job of the project',
    test: inPlan('deletes no copy of a job of the project'),
  },
  {
    guard: 'apply.prune.declared',
    why: 'deletes no jobs because the folder of the job files is missing',
    test: inCommand('refuses --prune if the folder of the jobs has no file'),
  },
  {
    guard: 'apply.adopt',
    as: '[]',
    why: 'overwrites a job of other origin only with --adopt',
    test: inCommand('refuses to replace a job of other origin without --adopt'),
  },
  {
    guard: 'apply.validate',
    as: '[]',
    why: 'changes nothing if the API refuses a job',
    test: inCommand('writes nothing if the API refuses one of the jobs'),
  },
  {
    guard: 'apply.if-match',
    as: '{}',
    why: 'overwrites no change made after the plan',
    test: inExecution('requires the version that the plan was made from'),
  },
  {
    guard: 'apply.delete.last',
    as: 'false',
    head: true,
    why: 'keeps a job whose replacement failed',
    test: inExecution('deletes nothing if another change failed'),
  },
  {
    guard: 'apply.token.tenant',
    why: 'uses the token of a tenant for no other one',
    test: inTokens('rejects the token of another tenant'),
  },
  {
    guard: 'apply.token.certain',
    why: 'deletes jobs only of the tenant that the token names',
    test: inTokens('accepts a token without a known claim only if the tenant need not be certain'),
  },
  {
    guard: 'deploy.account',
    why: 'deploys a stage to its own account only',
    test: inTarget('rejects the credentials of'),
  },
  {
    guard: 'deploy.access-key',
    why: 'checks the account of the credentials with which the CDK CLI deploys',
    test: inTarget('an access key before AWS_PROFILE'),
  },
  {
    guard: 'build-cache.inputs',
    why: 'stores no build under the hash of other sources',
    test: inCache('builds again if the inputs change during the build'),
  },
  {
    guard: 'deploy.whole-stage',
    as: 'false',
    why: 'destroys no stage if only one of its stacks is named',
    test: inPassed('finds the name of a stack in'),
  },
];
