import * as z from 'zod';
import type { Json } from '../../../core/domain/json.ts';
import { LAMBDA_MODES, type LambdaTarget } from '../../../core/domain/targets/lambda-target.ts';
import { inputObject, oneOf, orDefault, withKeywords } from '../../http/input-schemas.ts';
import { lazy } from '../../http/route.ts';
import { defaultPayload } from './default-payload.ts';
import { targetName } from './target-name.ts';

/** `lambda` of a job that invokes a function of the team. */
export const lambda = lazy(() =>
  inputObject({
    target: targetName(),
    mode: withKeywords(orDefault(oneOf(LAMBDA_MODES), 'sync'), {
      description:
        '`sync`: the run ends with the function, whose result is its output. `async`: it ends when Lambda has accepted the event.',
    }),
    payload: defaultPayload(),
  }),
);

/** `lambda` in responses. */
export const lambdaView = lazy(() =>
  z.object({ target: z.string(), mode: z.enum(LAMBDA_MODES), payload: z.unknown() }),
);

export const toLambdaTarget = ({ target, mode, payload }: z.output<ReturnType<typeof lambda>>): LambdaTarget => ({
  type: 'lambda',
  target,
  mode,
  payload: payload as Json | null,
});

export const toLambdaView = ({ target, mode, payload }: LambdaTarget) => ({ target, mode, payload });
