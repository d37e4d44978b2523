import { isArn, toLocalArn } from './arn.ts';
import type { StateMachineTargetSettings } from './settings.ts';
import type { TargetKind } from './target-kind.ts';

const STATE_MACHINE_ARN = /^arn:aws[a-z-]*:states:[a-z0-9-]+:\d{12}:stateMachine:[A-Za-z0-9_-]{1,80}$/;

export const stateMachineKind: TargetKind<StateMachineTargetSettings> = {
  fields: ['stateMachine', 'local'],
  validate(field, { stateMachine, local }, fail) {
    if (!isArn(stateMachine, STATE_MACHINE_ARN)) {
      fail(`${field}.stateMachine`, 'the ARN of a state machine of Step Functions', stateMachine);
    }
    if (local !== undefined && !isUrl(local?.endpoint)) fail(`${field}.local.endpoint`, 'an http URL', local?.endpoint);
  },
  toLocal: (settings) => ({ ...settings, stateMachine: toLocalArn(settings.stateMachine) }),
  declare: ({ stateMachine, local }) => ({
    type: 'stateMachine',
    stateMachine,
    ...(local && { endpoint: local.endpoint }),
  }),
  arnsOfStage: ({ stateMachine }) => ({ stateMachine }),
  grant(worker, { stateMachine }) {
    worker.allow(['states:StartExecution', 'states:DescribeStateMachine'], [stateMachine]);
    worker.allowPartsOf(
      ['states:DescribeExecution', 'states:StopExecution'],
      stateMachine,
      'execution',
      'The name of an execution is known when it is started. The state machine is a declared one.',
    );
  },
};

const isUrl = (text: unknown): boolean => typeof text === 'string' && /^https?:$/.test(URL.parse(text)?.protocol ?? '');
