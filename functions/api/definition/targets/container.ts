import * as z from 'zod';
import type { Json } from '../../../core/domain/json.ts';
import {
  type ContainerTarget,
  MAX_COMMAND_PART_LENGTH,
  MAX_COMMAND_PARTS,
} from '../../../core/domain/targets/container-target.ts';
import { inputObject, listOf, mapOf, orDefault, textOrEmpty, withKeywords } from '../../http/input-schemas.ts';
import { lazy } from '../../http/route.ts';
import { defaultPayload } from './default-payload.ts';
import { targetName } from './target-name.ts';

/** `container` of a job that runs a task of Amazon ECS. */
export const container = lazy(() =>
  inputObject({
    target: targetName(),
    command: withKeywords(orDefault(listOf(textOrEmpty(MAX_COMMAND_PART_LENGTH), MAX_COMMAND_PARTS), null), {
      description: 'Replaces the command of the container. That of its image by default.',
    }),
    env: withKeywords(orDefault(mapOf(textOrEmpty(MAX_COMMAND_PART_LENGTH)), null), {
      description: 'Variables of the container. They may not refer to secrets, because the API of ECS shows them.',
    }),
    payload: defaultPayload(),
  }),
);

/** `container` in responses. */
export const containerView = lazy(() =>
  z.object({
    target: z.string(),
    command: z.array(z.string()).nullable(),
    env: z.record(z.string(), z.string()),
    payload: z.unknown(),
  }),
);

export const toContainerTarget = (given: z.output<ReturnType<typeof container>>): ContainerTarget => ({
  type: 'container',
  target: given.target,
  // An empty list is that of the image.
  command: given.command?.length ? given.command : null,
  env: given.env ?? {},
  payload: given.payload as Json | null,
});

export const toContainerView = ({ target, command, env, payload }: ContainerTarget) => ({
  target,
  command: command === null ? null : [...command],
  env: { ...env },
  payload,
});
