/** A position in the output of one attempt: the number of UTF-16 code units of each stream before it. */
export interface OutputPosition {
  readonly attempt: number;
  readonly stdout: number;
  readonly stderr: number;
}

/** Wire format of an `OutputPosition`: attempt, position in stdout, position in stderr. */
export const OUTPUT_POSITION = /^(\d{1,4})\.(\d{1,9})\.(\d{1,9})$/;

export const formatOutputPosition = ({ attempt, stdout, stderr }: OutputPosition): string =>
  `${attempt}.${stdout}.${stderr}`;

/** @param text must match `OUTPUT_POSITION` */
export function parseOutputPosition(text: string): OutputPosition {
  const [attempt = 0, stdout = 0, stderr = 0] = text.split('.').map(Number);
  return { attempt, stdout, stderr };
}
