/**
 * The package `jobdeck`: what the files of a project declare. Its functions return what they are given and exist for
 * their types.
 */
export type { NumberRange } from '../functions/scripts/lib/arguments.ts';
export { numberArgument } from '../functions/scripts/lib/arguments.ts';
export type {
  Log,
  PayloadSchema,
  Report,
  RunInfo,
  Script,
  ScriptContext,
  StandardSchema,
  State,
  Trigger,
  TriggeredRun,
  TriggerInput,
} from '../functions/scripts/lib/define-script.ts';
export { defineScript } from '../functions/scripts/lib/define-script.ts';
export { requireVariable } from '../functions/scripts/lib/environment.ts';
export type {
  CognitoIdentity,
  EdgeSettings,
  EmailSettings,
  OidcIdentity,
  OidcSignIn,
  ProvisionedCapacity,
  StageSettings,
  Throttle,
} from './config.ts';
export type { CalendarDefinition } from './project/define-calendar.ts';
export { defineCalendar } from './project/define-calendar.ts';
export type { ProjectConfig, ProjectStage } from './project/define-config.ts';
export { defineConfig } from './project/define-config.ts';
export type { HookDefinition } from './project/define-hook.ts';
export { defineHook } from './project/define-hook.ts';
export type {
  ContainerJobInput,
  EventJobInput,
  FlowJobDefinition,
  FlowJobInput,
  HttpJobDefinition,
  HttpJobInput,
  JobDefinition,
  JobFile,
  JobInput,
  LambdaJobInput,
  NamedJobInput,
  QueueJobInput,
  ScriptJobDefinition,
  ScriptJobInput,
  StateMachineJobInput,
} from './project/define-job.ts';
export { defineFlow, defineJob } from './project/define-job.ts';
export type {
  ContainerTargetSettings,
  EventBusTargetSettings,
  LambdaTargetSettings,
  QueueTargetSettings,
  StateMachineTargetSettings,
  TargetSettings,
} from './targets/settings.ts';
