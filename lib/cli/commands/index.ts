import type { Command } from '../command.ts';
import { ack } from './ack.ts';
import { cancel } from './cancel.ts';
import { deadLetterCommand } from './dead-letter.ts';
import { failures } from './failures.ts';
import { jobs } from './jobs.ts';
import { limits } from './limits.ts';
import { logs } from './logs.ts';
import { redrive } from './redrive.ts';
import { runs } from './runs.ts';
import { tenants } from './tenants.ts';
import { token } from './token.ts';
import { trigger } from './trigger.ts';

/** All commands in the order of the help. */
export const commands: readonly Command[] = [
  jobs,
  runs,
  logs,
  trigger,
  cancel,
  failures,
  ack,
  redrive,
  deadLetterCommand,
  limits,
  tenants,
  token,
];
