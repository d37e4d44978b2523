import type { Definition } from '../../core/domain/definition.ts';
import { InvalidInput } from '../../core/domain/errors.ts';
import type { Json } from '../../core/domain/json.ts';
import { parseScriptName } from '../../core/domain/script-name.ts';
import { findScript } from '../../core/platform/known-scripts.ts';
import { toInvalidInput } from '../http/validate.ts';

/**
 * Validates the payload of a run against the schema of its script.
 *
 * @param reference the script as a job names it
 * @param place the field with the payload
 * @throws InvalidInput if the payload does not fit the schema of the script
 */
export async function validateScriptPayload(
  reference: string,
  payload: Json | undefined,
  place = 'payload',
): Promise<void> {
  const script = findScript(parseScriptName(reference));
  if (payload === undefined) {
    if (script?.payloadRequired) throw new InvalidInput(place, 'is required by the schema of the script');
    return;
  }
  if (!script?.payload) return;
  const { findPayloadErrors } = await import('./validate-payload.ts');
  const errors = findPayloadErrors(script.payload, payload).map(({ field, message }) => ({
    field: field.replace(/^payload/, place),
    message,
  }));
  if (errors.length > 0) throw toInvalidInput(errors, place);
}

/**
 * Validates the payloads of a job's schedules against the schema of its script.
 *
 * @throws InvalidInput
 */
export async function validateSchedulePayloads({ target, schedules }: Definition): Promise<void> {
  if (target.type !== 'script') return;
  for (const [i, { payload }] of schedules.entries()) {
    await validateScriptPayload(target.script, payload ?? undefined, `schedules[${i}].payload`);
  }
}
