import * as z from 'zod';
import type { Json } from '../../../core/domain/json.ts';
import type { StateMachineTarget } from '../../../core/domain/targets/state-machine-target.ts';
import { anyJson, inputObject, withKeywords } from '../../http/input-schemas.ts';
import { lazy } from '../../http/route.ts';
import { targetName } from './target-name.ts';

/** `stateMachine` of a job that executes a state machine of Step Functions. */
export const stateMachine = lazy(() =>
  inputObject({
    target: targetName(),
    payload: withKeywords(anyJson(), {
      description: 'An object: the input of runs without a payload of their own. The field `jobdeck` names the run.',
    }),
  }),
);

/** `stateMachine` in responses. */
export const stateMachineView = lazy(() => z.object({ target: z.string(), payload: z.unknown() }));

export const toStateMachineTarget = (given: z.output<ReturnType<typeof stateMachine>>): StateMachineTarget => ({
  type: 'stateMachine',
  target: given.target,
  payload: given.payload as Json | null,
});

export const toStateMachineView = ({ target, payload }: StateMachineTarget) => ({ target, payload });
