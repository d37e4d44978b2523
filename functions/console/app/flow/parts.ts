/** What only pages about flows need: loaded together, when the first of them is shown. */
import '../styles/flow.css';

export { EditedFlow } from './edited-flow.tsx';
export { FlowRun } from './flow-run.tsx';
export { NewFlow } from './new-flow.tsx';
export { RestartDialog } from './restart-dialog.tsx';
export { StopDialog } from './stop-dialog.tsx';
