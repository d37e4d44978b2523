/**
 * Helpers for the tests of a project's scripts.
 *
 * @packageDocumentation
 */
export type { OnTrigger, TriggerCall } from './memory-channel.ts';
export { type LogLine, type RunScriptOptions, runScript, type ScriptResult } from './run-script.ts';
export { type StartOptions, startJobdeck, type TestJobdeck } from './start-jobdeck.ts';
