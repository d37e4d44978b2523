/** An override of `process.exit` and `process.exitCode` for one run of a script. */
export interface ExitOverride {
  /** Resolves with the exit code when `process.exit()` is called. */
  readonly called: Promise<number>;
  /** The exit code that the script has set. */
  readonly code: () => number;
  readonly restore: () => void;
}

/** Thrown by `process.exit()`, because code after the call must not run. */
export class ScriptExit extends Error {
  override readonly name = 'ScriptExit';
}

/** Overrides `process.exit` and `process.exitCode` until `restore` is called. */
export function overrideExit(): ExitOverride {
  const { exitCode } = process;
  const exit = Object.getOwnPropertyDescriptor(process, 'exit') as PropertyDescriptor;
  let report: (code: number) => void = () => {};
  const called = new Promise<number>((resolve) => {
    report = resolve;
  });
  const code = () => Number(process.exitCode ?? 0);
  process.exitCode = undefined;
  process.exit = (given) => {
    if (given !== undefined && given !== null) process.exitCode = given;
    report(code());
    throw new ScriptExit(`process.exit(${given ?? ''})`);
  };
  return {
    called,
    code,
    restore() {
      Object.defineProperty(process, 'exit', exit);
      process.exitCode = exitCode;
    },
  };
}
