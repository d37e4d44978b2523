import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';

/**
 * Runs a command until its standard input ends, then kills its process tree. The pipe ends with the host, even on
 * SIGKILL, so no process is left behind.
 *
 * Ctrl-C signals the whole process group, but the command ends only with its input. The signals are blocked, because a
 * `trap` would not affect the handlers that the command installs.
 */
const SUPERVISOR_SCRIPT = `
trap '' INT TERM HUP
hold='env --block-signal=INT,TERM,HUP'
$hold true 2>/dev/null || hold=
end() {
  for below in $(ps -A -o pid=,ppid= | awk -v parent="$1" '$2 == parent { print $1 }'); do (end "$below"); done
  kill -9 "$1"
}
exec 3<&0
$hold "$@" 3<&- </dev/null &
child=$!
{ read -r _ <&3; end $child; } 2>/dev/null &
guard=$!
exec 3<&-
wait $child
code=$?
kill -9 $guard 2>/dev/null
exit $code
`;

/**
 * Starts a command, without an input, in a shell that ends the command and its children when `stdin` is closed or this
 * process ends. The shell's code is that of the command.
 *
 * @param name first argument of the shell, shown in lists of processes
 */
export function spawnSupervised(
  name: string,
  command: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): ChildProcessWithoutNullStreams {
  const supervisor = spawn('sh', ['-c', SUPERVISOR_SCRIPT, name, ...command], { ...options, stdio: 'pipe' });
  // The shell may have exited before its input is closed.
  supervisor.stdin.on('error', () => {});
  return supervisor;
}
