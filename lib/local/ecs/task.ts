import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { OutputCapture } from '../../../functions/core/executors/output/output.ts';
import { spawnSupervised } from '../support/supervised-process.ts';

/** The part of a request of RunTask that the local system uses. */
export interface TaskRequest {
  readonly cluster: string;
  readonly taskDefinition: string;
  /** Name of the declared container. */
  readonly group: string;
  readonly clientToken: string;
  readonly overrides?: { readonly containerOverrides?: readonly ContainerOverride[] };
}

interface ContainerOverride {
  readonly name: string;
  readonly command?: readonly string[];
  readonly environment?: readonly { readonly name: string; readonly value: string }[];
}

interface TaskProcess {
  /** Program and arguments; the command of the request follows as arguments. */
  readonly command: readonly string[];
  readonly cwd: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** A task of ECS as a process of this machine. */
export class LocalTask {
  readonly taskArn: string;
  readonly token: string;
  /** Settles when the process and its children have ended. */
  readonly ended: Promise<void>;
  stoppedAt: number | undefined;
  readonly #request: TaskRequest;
  readonly #createdAt: number;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #output = new OutputCapture();
  #log: string | undefined;
  #exitCode: number | null = null;
  #stopReason: string | undefined;

  constructor(taskArn: string, request: TaskRequest, { command, cwd, now }: TaskProcess) {
    this.taskArn = taskArn;
    this.token = request.clientToken;
    this.#request = request;
    this.#createdAt = now();
    const [override] = request.overrides?.containerOverrides ?? [];
    const variables = Object.fromEntries(override?.environment?.map(({ name, value }) => [name, value]) ?? []);
    this.#process = spawnSupervised('jobdeck-task', [...command, ...(override?.command ?? [])], {
      cwd,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...variables },
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream.on('data', (chunk: Uint8Array) => this.#output.write(chunk));
    }
    this.ended = new Promise<void>((resolve) => {
      this.#process.once('error', (error) => {
        this.#output.write(Buffer.from(`${error.message}\n`));
        resolve();
      });
      this.#process.once('close', (code) => {
        this.#exitCode = code;
        resolve();
      });
    }).then(() => {
      const { tail, parts } = this.#output.finish();
      this.#log = parts.length > 0 ? parts.join('') : tail;
      this.stoppedAt = now();
    });
  }

  get desiredStatus(): 'RUNNING' | 'STOPPED' {
    return this.stoppedAt === undefined && this.#stopReason === undefined ? 'RUNNING' : 'STOPPED';
  }

  /** Returns the output of an ended task; empty before. */
  readLog(): string {
    return this.#log ?? '';
  }

  /** Requests the end of the process and its children. */
  stop(reason: string): void {
    if (this.stoppedAt !== undefined) return;
    this.#stopReason ??= reason;
    this.#process.stdin.end();
  }

  /** Ends the process and its children. */
  async kill(): Promise<void> {
    this.stop('The local system stopped');
    await this.ended;
  }

  /** Returns the detail of the event about the task: its description, with times as texts. */
  describeEvent(): object {
    const timeOf = (time: number | undefined) => (time === undefined ? undefined : new Date(time).toISOString());
    return { ...this.describe(), createdAt: timeOf(this.#createdAt), stoppedAt: timeOf(this.stoppedAt) };
  }

  /** Describes the task as ECS does. */
  describe(): object {
    const { cluster, taskDefinition, group, overrides } = this.#request;
    const name = overrides?.containerOverrides?.[0]?.name ?? 'main';
    const isStopped = this.stoppedAt !== undefined;
    const isRequested = this.#stopReason !== undefined;
    const lastStatus = isStopped ? 'STOPPED' : 'RUNNING';
    const exitCode = this.#exitCode === null ? {} : { exitCode: this.#exitCode };
    return {
      taskArn: this.taskArn,
      clusterArn: cluster,
      taskDefinitionArn: taskDefinition,
      startedBy: this.token,
      group,
      lastStatus,
      desiredStatus: this.desiredStatus,
      createdAt: this.#createdAt / 1_000,
      overrides: overrides ?? {},
      containers: [{ name, lastStatus, ...(isStopped && exitCode) }],
      ...(this.stoppedAt !== undefined && {
        stoppedAt: this.stoppedAt / 1_000,
        stopCode: isRequested ? 'UserInitiated' : 'EssentialContainerExited',
        stoppedReason: this.#stopReason ?? 'Essential container in task exited',
      }),
    };
  }
}
