/** The state of one thing that Jobdeck needs. */
export interface Finding {
  /** Subject of the check, one or two words. */
  readonly check: string;
  /** `skipped` means that the check has no subject: no project, no credentials. */
  readonly level: 'ok' | 'warning' | 'problem' | 'skipped';
  /** One sentence without a full stop. Contains no secret. */
  readonly message: string;
  /** Action that resolves a warning or a problem. */
  readonly remedy?: string;
}

export const ok = (check: string, message: string): Finding => ({ check, level: 'ok', message });
export const skipped = (check: string, message: string): Finding => ({ check, level: 'skipped', message });
export const warning = (check: string, message: string, remedy: string): Finding => ({
  check,
  level: 'warning',
  message,
  remedy,
});
export const problem = (check: string, message: string, remedy: string): Finding => ({
  check,
  level: 'problem',
  message,
  remedy,
});

/** Formats a finding as one line. */
export function formatFinding({ level, check, message, remedy }: Finding): string {
  const line = `${level.padEnd(8)} ${check}: ${message}`;
  return (remedy === undefined ? line : `${line}. To do: ${remedy}`).replace(/\s*\n\s*/g, ' ');
}
