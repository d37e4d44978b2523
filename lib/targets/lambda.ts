import { resolve } from 'node:path';
import { isArn, toLocalArn } from './arn.ts';
import type { LambdaTargetSettings } from './settings.ts';
import type { TargetKind } from './target-kind.ts';

const FUNCTION_ARN = /^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]{1,64}(:[A-Za-z0-9_$-]{1,128})?$/;

export const lambdaKind: TargetKind<LambdaTargetSettings> = {
  fields: ['lambda', 'local'],
  validate(field, { lambda, local }, fail) {
    if (!isArn(lambda, FUNCTION_ARN)) fail(`${field}.lambda`, 'the ARN of a Lambda function', lambda);
    if (local === undefined) return;
    const isObject = typeof local === 'object' && local !== null && Object.keys(local).join() === 'module';
    if (!isObject) fail(`${field}.local`, 'an object with module', local);
    if (typeof local.module !== 'string' || local.module === '') {
      fail(`${field}.local.module`, 'the path of a module', local.module);
    }
  },
  toLocal: (settings) => ({ ...settings, lambda: toLocalArn(settings.lambda) }),
  declare: ({ lambda, local }) => ({
    type: 'lambda',
    function: lambda,
    ...(local && { module: resolve(local.module) }),
  }),
  grant: (worker, { lambda }) => worker.allow(['lambda:InvokeFunction'], [lambda]),
};
